/** A real receiver of webhooks, that checks signatures as Standard Webhooks says receivers do. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { webhookBodySchema, type WebhookBody } from '../../domain/wire/webhooks.ts';

export interface Received {
  readonly id: string;
  readonly body: WebhookBody;
  readonly headers: Readonly<Record<string, string>>;
  /** The exact bytes. */
  readonly raw: string;
}

/** What to answer: a status, or nothing at all. */
export type Answer = number | 'silence';

export interface Receiver {
  readonly url: string;
  /** All that came, answered well or not. */
  readonly received: Received[];
  /** What was answered with success, of that. */
  readonly accepted: Received[];
  answer: (received: Received) => Answer;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const accepted: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((raw) => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([k, v]) => [k, String(v)]));
      const one = { id: headers['webhook-id'] ?? '', body: bodyOf(raw), headers, raw };
      received.push(one);
      const answer = receiver.answer(one);
      if (answer === 'silence') return;
      if (answer < 300) accepted.push(one);
      response.writeHead(answer, answer === 302 ? { location: receiver.url } : {}).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${String(port)}/hook`,
    received,
    accepted,
    answer: () => 204,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

function bodyOf(raw: string): WebhookBody {
  return webhookBodySchema.parse(JSON.parse(raw));
}

/** Whether one of the signatures is right under a secret as its owner was shown it. */
export function isSigned({ headers, raw }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const said = `${headers['webhook-id'] ?? ''}.${headers['webhook-timestamp'] ?? ''}.${raw}`;
  const right = createHmac('sha256', key).update(said).digest();
  return (headers['webhook-signature'] ?? '').split(' ').some((signature) => {
    const [version, value = ''] = signature.split(',');
    const given = Buffer.from(value, 'base64');
    return version === 'v1' && given.length === right.length && timingSafeEqual(given, right);
  });
}
