/** Erasing a person, for owners. */
import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import { erasurePath, type ErasedAnswer } from '../../domain/wire/audit.ts';
import { adminOnly, sessionOf } from '../admins/access.ts';
import type { Deps } from '../config/deps.ts';
import { parse } from '../http/parse.ts';
import { eraseDeveloper } from './erase.ts';

const paramsSchema = z.strictObject({ id: z.uuid() });

export function erasureRoutes(
  deps: Pick<Deps, 'db' | 'clock' | 'commit' | 'config' | 'sealer'>,
): FastifyPluginAsync {
  return async (app) => {
    const onRequest = adminOnly(deps, 'owner');
    app.post(erasurePath(':id'), { onRequest }, async (request): Promise<ErasedAnswer> => {
      const { id } = parse(paramsSchema, request.params);
      const { admin, device } = sessionOf(request);
      const cause = { actor: `admin:${admin.id}`, ...(device === null ? {} : { device }) };
      return eraseDeveloper(deps, id, cause);
    });
  };
}
