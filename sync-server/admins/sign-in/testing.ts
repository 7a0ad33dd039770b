/** What tests of failed sign-ins look at. */
import { z } from 'zod';
import type { TestDeps } from '../../config/testing.ts';
import { reportFailures } from './failures.ts';

const detailsSchema = z.object({ step: z.string(), tries: z.int() });
const contextSchema = z.object({ address: z.string() });

export interface LoggedFailure {
  /** The admin's. */
  readonly id: string;
  readonly step: string;
  readonly tries: number;
  readonly address: string;
}

/** What comes to the log of the tries since it was asked for last; moves the clock to when it is due. */
export async function failuresLogged({ deps, advance }: TestDeps): Promise<LoggedFailure[]> {
  const { seq: before } = await deps.db.selectFrom('logHead').select('seq').executeTakeFirstOrThrow();
  advance(10_000);
  await reportFailures(deps);
  const rows = await deps.db
    .selectFrom('changeLog')
    .select(['entityId', 'payload', 'context'])
    .where('action', '=', 'admin.sign_in_failed')
    .where('seq', '>', before)
    .orderBy('seq')
    .execute();
  return rows.map(({ entityId, payload, context }) => {
    const { step, tries } = detailsSchema.parse(JSON.parse(String(payload)));
    const { address } = contextSchema.parse(JSON.parse(String(context)));
    return { id: entityId, step, tries, address };
  });
}
