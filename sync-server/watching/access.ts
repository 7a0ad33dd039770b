/**
 * Who may read the metrics: whoever has the token, or, where none is set, programs on this machine. A balancer on the same
 * machine looks like one of those, so a server that people reach by another address than loopback wants the token; and so
 * does a page in a browser here, so the name that it came by has to be this machine's.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { GatehouseError } from '../../domain/errors.ts';
import type { Config } from '../config/config.ts';
import { isLoopbackName, isOwnHost } from '../http/hosts.ts';

const loopbackPeer = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/** Throws `metrics_refused`. */
export function metricsOnly({
  metricsToken,
  publicUrl,
}: Pick<Config, 'metricsToken' | 'publicUrl'>): (request: FastifyRequest) => Promise<void> {
  const local = isLoopbackName(new URL(publicUrl).hostname);
  return async ({ headers, socket }) => {
    const may =
      metricsToken === null
        ? local &&
          loopbackPeer.test(socket.remoteAddress ?? '') &&
          isOwnHost(headers.host, publicUrl) &&
          !forwarded.some((name) => headers[name] !== undefined)
        : sameText(headers.authorization ?? '', `Bearer ${metricsToken}`);
    if (!may) throw new GatehouseError('metrics_refused');
  };
}

/** Takes as long whatever the difference. */
function sameText(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
