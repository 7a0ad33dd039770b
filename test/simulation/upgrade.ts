/** A real WebSocket to a real server over a pipe in memory: parser, upgrade and frames are those of production. */
import { duplexPair } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { adminPaths } from '../../domain/wire/admin.ts';
import { syncProtocol } from '../../domain/wire/protocol.ts';
import { maxMessageBytes } from '../../domain/wire/sync.ts';
import { publicUrl, type ServerNode } from './server.ts';

export class Refused extends Error {
  readonly status: number;
  /** The body of the answer. */
  readonly text: string;

  constructor(status: number, text = '') {
    super(`refused with ${status}`);
    this.status = status;
    this.text = text;
  }
}

/** Settles once the socket is open; `listen` gets it before anything can arrive. Throws `Refused`. */
export function openSocket(
  node: ServerNode,
  token: string,
  listen: (socket: WebSocket) => void,
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${publicUrl.replace('http', 'ws')}${adminPaths.sync}`, syncProtocol, {
      headers: { authorization: `Bearer ${token}` },
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      createConnection: () => {
        const [near, far] = duplexPair();
        node.app.server.emit('connection', Object.assign(far, { remoteAddress: '127.0.0.1' }));
        return near;
      },
    });
    listen(socket);
    socket.on('unexpected-response', (_request, response) => {
      readText(response).then((body) => {
        reject(new Refused(response.statusCode ?? 0, body));
        socket.terminate();
      }, reject);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Refused(0)));
    socket.on('open', () => resolve(socket));
  });
}
