/**
 * What the queue's search looks through: a developer's name and address; an application's name, reference id and its
 * developer's. A registration is found by its application. Filled in slices after a snapshot, because one index build
 * would block the owner for seconds; kept up to date with every frame.
 */
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { readMeta, writeMeta } from './meta.ts';

type Kind = 'developer' | 'application';

const bodies = {
  developer: `select d.id, 'developer', d.name || ' ' || d.email from developers d`,
  application: `select a.id, 'application',
      concat_ws(' ', a.name, a.reference_id, d.name, d.email)
    from applications a left join developers d on d.id = a.developer_id`,
} as const satisfies Record<Kind, string>;

const replace = 'on conflict (id) do update set body = excluded.body';

/** Fills the next `limit` rows; true once nothing is left. */
export async function fillSearch(db: PGlite, limit: number): Promise<boolean> {
  const complete = await fillSlice(db, limit);
  // Neither happens by itself here.
  if (complete) await db.exec(`select gin_clean_pending_list('search_texts_body'); analyze search_texts`);
  return complete;
}

async function fillSlice(db: PGlite, limit: number): Promise<boolean> {
  return db.transaction(async (tx) => {
    const at = await readMeta(tx, 'filling');
    if (!at) return (await readMeta(tx, 'cursor')) !== null;
    const table = at.kind === 'developer' ? 'd' : 'a';
    const { rows } = await tx.query<{ id: string }>(
      `insert into search_texts (id, kind, body) ${bodies[at.kind]}
       where ${table}.id > $1 order by ${table}.id limit $2 ${replace} returning id`,
      [at.id, limit],
    );
    const last = rows.reduce((highest, { id }) => (id > highest ? id : highest), at.id);
    if (rows.length === limit) await writeMeta(tx, 'filling', { kind: at.kind, id: last });
    else if (at.kind === 'developer')
      await writeMeta(tx, 'filling', { kind: 'application', id: '00000000-0000-0000-0000-000000000000' });
    else await writeMeta(tx, 'filling', null);
    return rows.length < limit && at.kind === 'application';
  });
}

/** Most frames tell of decisions, which no text speaks of: what stays the same leaves the index alone. */
const renew = `${replace} where search_texts.body <> excluded.body`;

/** Rewrites the texts of the rows in the JSON list `ids`, and removes those of rows that are gone. */
export async function refreshSearch(tx: Transaction, kind: Kind, ids: string): Promise<void> {
  const list = 'select value::uuid from json_array_elements_text($1::json)';
  const gone = `not exists (select 1 from ${kind}s as held where held.id = search_texts.id)`;
  await tx.query(`delete from search_texts where id in (${list}) and ${gone}`, [ids]);
  const insert = 'insert into search_texts (id, kind, body)';
  if (kind === 'developer') {
    await tx.query(`${insert} ${bodies.developer} where d.id in (${list}) ${renew}`, [ids]);
    await tx.query(`${insert} ${bodies.application} where a.developer_id in (${list}) ${renew}`, [ids]);
  } else {
    await tx.query(`${insert} ${bodies.application} where a.id in (${list}) ${renew}`, [ids]);
  }
}
