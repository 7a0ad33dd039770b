/** One try: a POST that follows no redirect, reads no answer and waits no longer than it must. */
import { request as plainRequest, Agent as PlainAgent } from 'node:http';
import { request as tlsRequest, Agent as TlsAgent } from 'node:https';
import { GatehouseError } from '../../domain/errors.ts';
import { isPrivateLiteral, publicLookup } from './address.ts';

/** How a try ended. `gone` is a receiver that says it wants no more (410). */
export type Attempt =
  { readonly arrived: true } | { readonly arrived: false; readonly gone: boolean; readonly reason: string };

export interface Poster {
  /** Never throws; what went wrong is the answer. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Attempt>;
  close(): void;
}

const answerWithin = 10_000;

/** Whether private addresses are let through is the operator's choice. */
export function createPoster(privateAllowed: boolean, timeout = answerWithin): Poster {
  const agents = {
    'http:': new PlainAgent({ keepAlive: true }),
    'https:': new TlsAgent({ keepAlive: true }),
  };
  const guard = privateAllowed ? {} : { lookup: publicLookup };

  async function send(url: URL, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const tls = url.protocol === 'https:';
    const options = {
      method: 'POST',
      agent: agents[tls ? 'https:' : 'http:'],
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Gatehouse',
      },
      signal: AbortSignal.timeout(timeout),
      ...guard,
    };
    const sending = (tls ? tlsRequest : plainRequest)(url, options, (answer) => {
      // Nobody reads it, and an endless one is cut off by the same signal.
      answer.resume();
      answer.on('error', reject);
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    sending.on('error', reject);
    sending.end(body);
    return promise;
  }

  return {
    async post(address, headers, body) {
      const url = new URL(address);
      if (!privateAllowed && isPrivateLiteral(url)) return failed('webhook_address_refused');
      try {
        const status = await send(url, headers, body);
        if (status >= 200 && status < 300) return { arrived: true };
        return { arrived: false, gone: status === 410, reason: `HTTP ${status}` };
      } catch (error) {
        return failed(reasonOf(error));
      }
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function failed(reason: string): Attempt {
  return { arrived: false, gone: false, reason };
}

/** A code, never a message: those name addresses and what stands at them. */
function reasonOf(error: unknown): string {
  if (error instanceof GatehouseError) return error.code;
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'timeout';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
