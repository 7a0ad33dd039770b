/**
 * Where the browser comes back to after signing in: a listener on the loopback address that lives for one answer
 * (RFC 8252 §7.3). It shows a static page and believes nothing but the right `state`.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Callback {
  /** `http://127.0.0.1:PORT/callback`. */
  readonly redirectUri: string;
  /** The code, or why there is none. */
  readonly code: Promise<string>;
  close(): void;
}

const style = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; box-sizing: border-box;
  background: light-dark(#f5f5f8, #111116); color: light-dark(#1b1b22, #ececf2) }
main { max-width: 25rem; width: 100%; padding: 1.75rem; box-sizing: border-box; border-radius: 0.75rem;
  background: light-dark(#ffffff, #18181e); border: 1px solid light-dark(#d9dce3, #2d323e) }
h1 { margin: 0 0 0.25rem; font-size: 1.375rem }
p { margin: 0; color: light-dark(#5a5a69, #a6a6b6) }`;
/** Within the page, since the listener is gone by the time that a browser asks for more. */
const styleHash = createHash('sha256').update(style).digest('base64');

const page = (heading: string, text: string): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Gatehouse</title>
<style>${style}</style>
<main><h1>${heading}</h1><p>${text}</p></main></html>
`;

const headers = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { ...headers, 'content-type': 'text/html; charset=utf-8' }).end(body);
}

/** Listens until `close`, or the process ends. */
export async function listenForCallback(state: string): Promise<Callback> {
  let settle: { resolve: (code: string) => void; reject: (error: Error) => void } | null = null;
  const code = new Promise<string>((resolve, reject) => (settle = { resolve, reject }));
  code.catch(() => undefined);

  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const right =
      request.method === 'GET' && url.pathname === '/callback' && url.searchParams.get('state') === state;
    if (!right) return answer(response, 404, page('Nothing here', 'Start the sign-in from Gatehouse.'));
    const found = url.searchParams.get('code');
    if (found === null) {
      answer(response, 200, page('Not signed in', 'Close this window and try again in Gatehouse.'));
      settle?.reject(new Error(url.searchParams.get('error') ?? 'no code'));
      return;
    }
    answer(response, 200, page('Signed in', 'You may close this window and return to Gatehouse.'));
    settle?.resolve(found);
  };

  const server = createServer(handle);
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    redirectUri: `http://127.0.0.1:${port}/callback`,
    code,
    close: () => {
      settle?.reject(new Error('closed'));
      // The page that was just answered may still be on its way.
      server.close();
      setTimeout(() => server.closeAllConnections(), 2_000).unref();
    },
  };
}
