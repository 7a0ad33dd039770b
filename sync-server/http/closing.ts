/** Closing a server takes a bounded time, whoever is still connected: Node itself waits for sockets that have left HTTP. */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Once `app` closes, whoever has not gone after `milliseconds` is cut off. */
export function boundClosing(app: FastifyInstance, milliseconds: number): void {
  const open = new Set<Socket>();
  const watch = (socket: Socket): void => {
    if (open.has(socket)) return;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  };
  app.server.on('connection', watch);
  // Those of a second address (`localhost` has two) are heard of here only.
  app.server.on('upgrade', (request) => {
    watch(request.socket);
  });
  app.addHook('preClose', async () => {
    const timer = setTimeout(() => {
      for (const socket of open) socket.destroy();
    }, milliseconds);
    app.server.once('close', () => {
      clearTimeout(timer);
    });
  });
}
