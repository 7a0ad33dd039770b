/** The pages under an origin of their own, `app://desk`: a real origin, so that a strict policy means something. */
import { protocol } from 'electron';
import { readFile } from 'node:fs/promises';
import { pageFile, pageHeaders } from '../core/pages.ts';

const scheme = 'app';
export const appOrigin = `${scheme}://desk`;

/** Must run before the app is ready. */
export function declareScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

export async function servePages(pagesDir: string, address: string): Promise<Response> {
  const url = URL.parse(address);
  const file = url?.host === 'desk' ? pageFile(pagesDir, url.pathname) : null;
  const body = file && (await readFile(file).catch(() => null));
  if (!file || !body) return new Response(null, { status: 404 });
  return new Response(new Uint8Array(body), { headers: pageHeaders(file, "'none'") });
}

/** Serves the built pages of `pagesDir` under `app://desk/`. */
export function handleScheme(pagesDir: string): void {
  protocol.handle(scheme, (request) => servePages(pagesDir, request.url));
}
