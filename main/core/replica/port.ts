/** A two-way channel for structured values: a forked process under Node, a utility process under Electron. */

export interface Port {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The other side is gone. */
  onClose(listener: () => void): void;
}

/** A process that was started, and the way to end it. */
export interface ChildPort extends Port {
  kill(): void;
}

/** Starts the process that owns PGlite. */
export type Launch = () => ChildPort;

/** What Electron gives a utility process in place of `process.send`; `electron` itself is not imported here. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

function isParentPort(value: unknown): value is ParentPort {
  return typeof value === 'object' && value !== null && 'postMessage' in value && 'on' in value;
}

/** The way back to whoever started this process. */
export function parentPort(): Port {
  const electrons: unknown = Reflect.get(process, 'parentPort');
  if (isParentPort(electrons)) {
    return {
      send: (message) => electrons.postMessage(message),
      onMessage: (listener) => electrons.on('message', ({ data }) => listener(data)),
      // A utility process is ended by Electron together with its parent.
      onClose: () => undefined,
    };
  }
  return {
    send: (message) => {
      // Without a listener for the error, a parent that has just died would end this process in mid-write.
      process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => process.on('message', listener),
    onClose: (listener) => process.on('disconnect', listener),
  };
}
