/**
 * A device that gets all rows as one Y.Doc: opens an empty PGlite with the desk's tables, says `open`, and once told
 * connects, applies the document and stores its rows, five thousand a statement (the fastest way from JSON). Then `stored`.
 * What the load of a snapshot puts off to its end is put off here too: the ways differ in what they carry, not in the
 * tables.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { WebSocket } from 'ws';
import * as Y from 'yjs';
import { columnName } from '../../domain/columns.ts';
import { entities, entityKinds, type EntityKind } from '../../domain/entities.ts';
import { finishBulk, prepareBulk, withoutTriggers } from '../../main/core/replica/bulk.ts';
import { openDatabase } from '../../main/core/replica/database.ts';
import { copyTemplate, prepareTemplate } from '../../main/core/replica/template.ts';

const perStatement = 5_000;
const [, , dataDir = '', url = ''] = process.argv;

function insertSql(kind: EntityKind): string {
  const { table, columns } = entities[kind];
  const names = Object.keys(columns);
  const shape = Object.entries(columns).map(([name, { sql }]) => `"${name}" ${sql}`);
  return `insert into ${table} (${names.map(columnName).join(', ')})
    select ${names.map((name) => `"${name}"`).join(', ')} from json_to_recordset($1::json) as r (${shape.join(', ')})`;
}

await prepareTemplate(dataDir);
const folder = join(dataDir, 'copy');
await copyTemplate(dataDir, folder);
const db = await openDatabase(folder);
process.send?.({ said: 'open' });
await once(process, 'message');

const socket = new WebSocket(url, { maxPayload: 1_000_000_000, perMessageDeflate: false });
const [update] = (await once(socket, 'message')) as [Buffer];
const doc = new Y.Doc();
Y.applyUpdate(doc, update);
await db.transaction(async (tx) => {
  await prepareBulk(tx, 0);
  await withoutTriggers(tx);
  for (const kind of entityKinds) {
    const rows = [...doc.getMap<string>(kind).values()];
    for (let from = 0; from < rows.length; from += perStatement) {
      await tx.query(insertSql(kind), [`[${rows.slice(from, from + perStatement).join(',')}]`]);
    }
  }
  await finishBulk(tx);
});
process.send?.({ said: 'stored' });
