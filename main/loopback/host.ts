/**
 * The desk in a plain browser window: the built pages and one WebSocket on 127.0.0.1. Three checks stand between a web
 * page of somebody else and the desk: the Host (no name that was rebound to us), the Origin (no foreign page), and a
 * token made at this start, which only the address that we opened holds.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { loopbackPath, maxLoopbackBytes, tokenParameter } from '../../domain/desk/loopback.ts';
import { GatehouseError } from '../../domain/errors.ts';
import type { OpenDesk } from '../core/desk.ts';
import { systemCode } from '../core/files.ts';
import { pageFile, pageHeaders } from '../core/pages.ts';
import { servePage } from './session.ts';

export interface LoopbackOptions {
  /** 0 takes any that is free. */
  readonly port: number;
  /** The built pages. */
  readonly pagesDir: string;
}

export interface Loopback {
  /** With the token in its fragment: for the admin's eyes and browser alone, never for a log. */
  readonly url: string;
  close(): Promise<void>;
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const taken = systemCode(error) === 'EADDRINUSE' || systemCode(error) === 'EACCES';
      reject(taken ? new GatehouseError('port_taken', { message: `Port ${port} is in use.` }) : error);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Serves the desk's pages. Throws `port_taken`. */
export async function startLoopback(
  desk: Pick<OpenDesk, 'handlers' | 'events'>,
  { port: wanted, pagesDir }: LoopbackOptions,
): Promise<Loopback> {
  const token = randomBytes(32).toString('base64url');
  let authority = '';

  const ours = (request: IncomingMessage): boolean => request.headers.host === authority;

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = URL.parse(request.url ?? '/', `http://${authority}`);
    const file = url && pageFile(pagesDir, url.pathname);
    if (!ours(request) || !file) return void response.writeHead(ours(request) ? 404 : 403).end();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    }
    const body = await readFile(file).catch(() => null);
    if (!body) return void response.writeHead(404, pageHeaders('.txt', "'none'")).end();
    response.writeHead(200, pageHeaders(file, `'self' ws://${authority}`));
    return void response.end(request.method === 'GET' ? body : undefined);
  };

  const http = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxLoopbackBytes });
  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => undefined);
    const right =
      ours(request) && request.headers.origin === `http://${authority}` && request.url === loopbackPath;
    if (!right) return void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
    return sockets.handleUpgrade(request, socket, head, (page) => servePage(page, desk, token));
  });

  const port = await listen(http, wanted);
  authority = `127.0.0.1:${port}`;
  return {
    url: `http://${authority}/#${tokenParameter}=${token}`,
    close: async () => {
      for (const page of sockets.clients) page.terminate();
      await new Promise<void>((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      });
    },
  };
}
