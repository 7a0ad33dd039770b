/** Calls through a gateway, and an upstream that tells what it got. */
import { createServer, request } from 'node:http';
import { hash } from 'node:crypto';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
  /** The code of a refusal, else empty. */
  readonly code: string;
}

export interface CallOptions {
  readonly key?: string;
  /** Raw header names and values in turn; repeated names stay apart. */
  readonly raw?: readonly string[];
  readonly method?: string;
  readonly body?: string | Buffer;
}

/** One request on a connection of its own; the path goes out as it is written. */
export function call(port: number, path: string, options: CallOptions = {}): Promise<Answer> {
  const { key, raw = [], method = 'GET', body } = options;
  const headers = ['host', 'api.example', ...(key === undefined ? [] : ['apikey', key]), ...raw];
  if (body !== undefined) headers.push('content-length', String(Buffer.byteLength(body)));
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const code = /"code":"([a-z_]+)"/.exec(text)?.[1] ?? '';
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text, code });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export const statusOf = async (port: number, path: string, key?: string): Promise<number> =>
  (await call(port, path, key === undefined ? {} : { key })).status;

export interface Upstream {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Answers 200 with what it was asked: method, url, headers as they came, size and SHA-256 of the body. */
export async function startUpstream(): Promise<Upstream> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      outgoing.setHeader('set-cookie', ['a=1', 'b=2']);
      outgoing.end(
        JSON.stringify({
          method: incoming.method,
          url: incoming.url,
          headers: incoming.headers,
          bytes: body.length,
          sha256: hash('sha256', body, 'hex'),
        }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
