/** Bodies that the Portal API takes besides JSON: none at all, however a client labels it. */
import type { FastifyInstance } from 'fastify';
import { GatehouseError } from '../../domain/errors.ts';

/**
 * The published client posts without a body as an empty form (axios does so for `logout` and `refresh`). Forms with
 * content stay `unsupported_media_type`: they are what a foreign page could send without asking.
 */
export function acceptEmptyForms(app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: string | Buffer) => {
      if (body.length > 0) throw new GatehouseError('unsupported_media_type');
      return undefined;
    },
  );
}
