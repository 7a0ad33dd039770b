/**
 * The audit over HTTP. It is the owners': it tells from where colleagues worked and what they got wrong. What was decided
 * about a request, and by whom, everybody has on the desk.
 */
import { Readable } from 'node:stream';
import type { FastifyPluginAsync } from 'fastify';
import {
  auditExportQuerySchema,
  auditPaths,
  auditQuerySchema,
  type AuditPage,
} from '../../domain/wire/audit.ts';
import { adminOnly, sessionOf } from '../admins/access.ts';
import type { Deps } from '../config/deps.ts';
import { parse } from '../http/parse.ts';
import { bounded } from './bounded.ts';
import { beginExport, exportCsv, exportNdjson, type ExportOf } from './export.ts';
import { resolveFilter } from './filter.ts';
import { searchPage } from './search.ts';

const formats = {
  ndjson: { type: 'application/x-ndjson; charset=utf-8', pieces: exportNdjson },
  csv: { type: 'text/csv; charset=utf-8', pieces: exportCsv },
} as const;

export function auditRoutes(deps: Pick<Deps, 'db' | 'clock' | 'commit'>): FastifyPluginAsync {
  const { db, commit } = deps;
  return async (app) => {
    app.addHook('onRequest', adminOnly(deps, 'owner'));

    app.get(auditPaths.list, async (request): Promise<AuditPage> => {
      const { before, limit, ...filter } = parse(auditQuerySchema, request.query);
      return bounded(db, async (trx) => searchPage(trx, await resolveFilter(trx, filter), { before, limit }));
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
