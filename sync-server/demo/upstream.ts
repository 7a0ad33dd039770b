/** The API behind the demo portal: echoes, and makes up some weather and places. On 127.0.0.1 only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { GatehouseError } from '../../domain/errors.ts';

export interface Upstream {
  readonly url: string;
  close(): Promise<void>;
}

const largestBody = 1024 * 1024;

/** Throws `port_taken`. */
export async function startUpstream(port: number): Promise<Upstream> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen({ host: '127.0.0.1', port });
  await once(server, 'listening').catch((cause: unknown) => {
    throw new GatehouseError('port_taken', { message: `Port ${port} is in use.`, cause });
  });
  return { url: `http://127.0.0.1:${portOf(server)}`, close: () => close(server) };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
  const body = await readBody(request);
  if (body === null) {
    send(response, 413, { message: 'The body is larger than 1 MiB.' });
    return;
  }
  const status = Number(/^\/status\/([2-5]\d\d)$/.exec(pathname)?.[1] ?? 200);
  const made = madeUp(pathname, searchParams);
  const echo = {
    method: request.method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: request.headers,
    body: body.content,
  };
  send(response, status, made ?? echo);
}

function send(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(status === 204 || status === 304 ? undefined : `${JSON.stringify(content, null, 2)}\n`);
}

/** JSON where it is JSON, else text; null where it is too large. */
async function readBody(request: IncomingMessage): Promise<{ readonly content: unknown } | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > largestBody) return null;
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return { content: null };
  try {
    const content: unknown = JSON.parse(text);
    return { content };
  } catch {
    return { content: text };
  }
}

/** Null where the path is the Mock API's. */
function madeUp(path: string, query: URLSearchParams): unknown {
  const lat = Number(query.get('lat') ?? 52.52);
  if (path === '/weather/current') return conditions(lat, 0);
  if (path === '/weather/forecast') {
    const hours = Math.min(Math.max(Math.trunc(Number(query.get('hours') ?? 24)) || 24, 1), 48);
    return Array.from({ length: hours }, (_, hour) => conditions(lat, hour + 1));
  }
  if (path === '/maps/search') {
    const name = query.get('q') ?? 'Somewhere';
    return [{ name, address: `${name}, 10117 Berlin`, at: { lat: 52.5163, lon: 13.3777 } }];
  }
  return null;
}

const summaries = ['Clear', 'Light clouds', 'Overcast', 'Light rain', 'Windy'];

/** Colder towards the poles, warmer in the afternoon. */
function conditions(lat: number, hours: number) {
  const at = new Date(Date.now() + hours * 3_600_000);
  const swing = Math.sin(((at.getUTCHours() - 9) / 24) * 2 * Math.PI);
  return {
    at: at.toISOString(),
    temperature: { value: Math.round((28 - Math.abs(lat) * 0.4 + swing * 5) * 10) / 10, uncertainty: 0.3 },
    wind: Math.round((4 + swing * 2) * 10) / 10,
    pressure: 1013 + Math.round(swing * 6),
    summary: summaries[at.getUTCHours() % summaries.length],
  };
}
