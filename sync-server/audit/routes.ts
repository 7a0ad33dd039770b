/**
 * The audit over HTTP. It is the owners': it tells from where colleagues worked and what they got wrong. What was decided
 * about a request, and by whom, everybody has on the desk.
 */
import { Readable } from 'node:stream';
import type { FastifyPluginAsync } from 'fastify';
import { sql } from 'kysely';
import {
  auditExportQuerySchema,
  auditPaths,
  auditQuerySchema,
  type AuditPage,
} from '../../domain/wire/audit.ts';
import { GatehouseError } from '../../domain/errors.ts';
import { adminOnly, sessionOf } from '../admins/access.ts';
import type { Deps } from '../config/deps.ts';
import type { Db } from '../db/schema.ts';
import { parse } from '../http/parse.ts';
import { beginExport, exportCsv, exportNdjson, type ExportOf } from './export.ts';
import { resolveFilter } from './filter.ts';
import { readItems } from './items.ts';

const formats = {
  ndjson: { type: 'application/x-ndjson; charset=utf-8', pieces: exportNdjson },
  csv: { type: 'text/csv; charset=utf-8', pieces: exportCsv },
} as const;

/** An unlucky pair of filters may find little among much: it is given up rather than let the server work on. */
const patience = sql`set local statement_timeout = 5000`;
const cancelled = '57014';

async function bounded<T>(db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  try {
    return await db.transaction().execute(async (trx) => {
      await patience.execute(trx);
      return work(trx);
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === cancelled) {
      throw new GatehouseError('search_too_wide', {
        message: 'Nothing was found in time with these filters.',
      });
    }
    throw error;
  }
}

export function auditRoutes(deps: Pick<Deps, 'db' | 'clock' | 'commit'>): FastifyPluginAsync {
  const { db, commit } = deps;
  return async (app) => {
    app.addHook('onRequest', adminOnly(deps, 'owner'));

    app.get(auditPaths.list, async (request): Promise<AuditPage> => {
      const { before, limit, ...filter } = parse(auditQuerySchema, request.query);
      const page = { ...(before === undefined ? {} : { before }), limit: limit + 1 };
      const items = await bounded(db, async (trx) => readItems(trx, await resolveFilter(trx, filter), page));
      const shown = items.slice(0, limit);
      return { items: shown, next: items.length > limit ? (shown.at(-1)?.seq ?? null) : null };
    });

    app.get(auditPaths.export, async (request, reply) => {
      const { format, ...filter } = parse(auditExportQuerySchema, request.query);
      const resolved = await bounded(db, (trx) => resolveFilter(trx, filter));
      const { admin, device } = sessionOf(request);
      const cause = { actor: `admin:${admin.id}`, ...(device === null ? {} : { device }) };
      const { to, now } = await beginExport(commit, { format, filter, cause });
      const { type, pieces } = formats[format];
      const wanted: ExportOf = { filter: resolved, to, now };
      return reply
        .type(type)
        .header('content-disposition', `attachment; filename="audit-${to}.${format}"`)
        .send(Readable.from(pieces(db, wanted)));
    });
  };
}
