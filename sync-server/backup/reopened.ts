/** What is open in a database: for those who have to decide whether it may be so again. */
import { sql } from 'kysely';
import type { FieldError } from '../../domain/errors.ts';
import type { Db } from '../db/schema.ts';

/** Each live key with a connection, and each open service, as a line to read. */
export async function listOpen(db: Db): Promise<FieldError[]> {
  const keys = await sql<{ last4: string; application: string; developer: string; services: number }>`
    select c.last4, a.name as application, d.email as developer,
      (select count(*)::int from gateway_connections n where n.application_id = a.id) as services
    from gateway_credentials g
    join credentials c on c.id = g.credential_id
    join applications a on a.id = g.application_id
    join developers d on d.id = a.developer_id
    order by d.email, a.name, c.last4`.execute(db);
  const services = await sql<{ name: string; path: string }>`
    select name, path from services where open order by name`.execute(db);
  return [
    ...keys.rows.map(({ last4, application, developer, services: count }) => ({
      field: `key …${last4}`,
      reason: `of “${application}” (${developer}), on ${count} services`,
    })),
    ...services.rows.map(({ name, path }) => ({
      field: `service ${name}`,
      reason: `open to everybody at ${path}`,
    })),
  ];
}
