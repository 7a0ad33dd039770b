import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { canonicalJson } from '../canonical.ts';
import { entities } from '../entities.ts';
import { intentSchema } from '../intents.ts';
import { outcomeSchema } from '../outcomes.ts';
import * as admin from './admin.ts';
import * as frames from './frames.ts';
import * as gateway from './gateway.ts';
import * as snapshot from './snapshot.ts';
import { protocolVersion } from './protocol.ts';
import { controlSchema } from './sync.ts';

/**
 * The wire's history. A change of any schema changes its hash: add a line, and raise `protocolVersion` where an older
 * reader would misunderstand.
 */
const history = [
  { version: 1, hash: '2123c8ecdc409074' },
  // `GET me` answers who the session is.
  { version: 1, hash: '13f43ec4861b5843' },
  // Snapshots name their format: COPY's binary one instead of CSV.
  { version: 1, hash: '23c2bdcb23968378' },
  // Product owners: a role, and the products on their rows.
  { version: 1, hash: '560d09913f14d59a' },
  // Goodbyes say when to come back; admins have their devices, second factors and limits.
  { version: 1, hash: 'd9814d13a8f379dc' },
  // What came to admins’ rows an older desk takes for damage: from here on, the upgrade request names the version.
  { version: 2, hash: '7dd37c09bb7f1966' },
];

function hashOfSchemas(): string {
  const rows = Object.fromEntries(Object.entries(entities).map(([kind, { schema }]) => [kind, schema]));
  const schemas = {
    ...admin,
    ...frames,
    ...gateway,
    ...snapshot,
    ...rows,
    intentSchema,
    outcomeSchema,
    controlSchema,
  };
  const shapes = Object.entries(schemas).flatMap(([name, schema]) =>
    schema instanceof z.ZodType ? [[name, z.toJSONSchema(schema, { io: 'input' })] as const] : [],
  );
  return createHash('sha256')
    .update(canonicalJson(Object.fromEntries(shapes)))
    .digest('hex')
    .slice(0, 16);
}

describe('the wire', () => {
  it('has the schemas that its version promises', () => {
    const last = history.at(-1);
    expect({ version: protocolVersion, hash: hashOfSchemas() }).toEqual(last);
  });
});
