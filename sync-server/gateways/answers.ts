/** Signed answers: an NDJSON body under an envelope that says for whom it is and from where to where it leads. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { envelopeHeader, signatureHeader, type Envelope } from '../../domain/wire/gateway.ts';
import type { ServerKey } from '../signing/key.ts';

const compress = promisify(gzip);
/** Below this a compressed body is not smaller. */
const worthCompressing = 512;

export type Told = Pick<Envelope, 'gateway' | 'scope' | 'epoch' | 'prev' | 'to' | 'issuedAt'>;

export async function sendSigned(
  request: FastifyRequest,
  reply: FastifyReply,
  key: ServerKey,
  told: Told,
  body: Buffer,
): Promise<FastifyReply> {
  const sha256 = createHash('sha256').update(body).digest('hex');
  const envelope: Envelope = { v: 1, ...told, sha256, keyId: key.keyId };
  const bytes = Buffer.from(JSON.stringify(envelope), 'utf8');
  void reply
    .header(envelopeHeader, bytes.toString('base64url'))
    .header(signatureHeader, key.sign(bytes).toString('base64url'))
    .header('vary', 'accept-encoding')
    .type('application/x-ndjson');
  const zipped =
    body.length > worthCompressing && String(request.headers['accept-encoding']).includes('gzip');
  if (!zipped) return reply.send(body);
  return reply.header('content-encoding', 'gzip').send(await compress(body));
}

/** Lines of JSON, each ended by a newline. */
export function ndjson(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8');
}
