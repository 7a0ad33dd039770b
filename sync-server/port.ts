/** The port to listen on: as told, or any free one for 0, known before anything is told its own address. */
import { createServer } from 'node:net';
import { GatehouseError } from '../domain/errors.ts';

/** Tries to take the port and lets it go again. Throws `port_taken`. */
export function choosePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      reject(takenOr(error, port));
    });
    probe.listen({ host, port }, () => {
      const address = probe.address();
      probe.close(() => {
        resolve(typeof address === 'object' && address ? address.port : port);
      });
    });
  });
}

/** `port_taken` where that is what `error` says, else the error itself. */
export function takenOr(error: unknown, port: number): Error {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') {
    return new GatehouseError('port_taken', { message: `Port ${port} is in use.`, cause: error });
  }
  return error instanceof Error ? error : new Error('the port cannot be opened', { cause: error });
}
