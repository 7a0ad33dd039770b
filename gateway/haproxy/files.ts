/** The maps that HAProxy reads at its start and that the runtime socket changes, by the paths both sides know. */
import { join, resolve } from 'node:path';

export type MapPaths = {
  /** `<hash> <application>:<notAfter or 0>`, the bulk. */
  readonly credentials: string;
  /** Changes since the bulk was written, looked up first; `-` for what is gone. */
  readonly credentialsOverlay: string;
  /** `<application>:<service> 1`. */
  readonly connections: string;
  readonly connectionsOverlay: string;
  /** `<prefix> <route>`, see `routeValue`. */
  readonly services: string;
  /** The sentinels without which every call is answered 503. */
  readonly meta: string;
};

/** Whole paths: HAProxy knows a map by the path it was loaded from, wherever either program was started. */
export function mapPaths(folder: string): MapPaths {
  const root = resolve(folder);
  return {
    credentials: join(root, 'credentials.map'),
    credentialsOverlay: join(root, 'credentials-overlay.map'),
    connections: join(root, 'connections.map'),
    connectionsOverlay: join(root, 'connections-overlay.map'),
    services: join(root, 'services.map'),
    meta: join(root, 'meta.map'),
  };
}

/** The sentinels' names. No path, hash or pair of ids begins with an underscore. */
export const sentinel = {
  /** `1` once there is verified state. */
  ready: '_ready',
  /** Seconds since 1970 until which services without a limit of their own are fresh. */
  freshUntil: '_freshUntil',
  /** Seconds since 1970 of the last proof, for services with a limit of their own. */
  verifiedAt: '_verifiedAt',
  /**
   * In bulk and overlay: an overlay holds the changes since the bulk of its generation, so with an older bulk a removed
   * key could come back. HAProxy answers 503 then.
   */
  generation: '_generation',
  /** Where the files stand, so that an agent that starts anew knows whether they are its own state. */
  cursor: '_cursor',
  /** Only in memory: which agent's run has fed this HAProxy process. Gone when HAProxy restarts. */
  feed: '_feed',
} as const;

/** In place of a value: looked up first and found gone. */
export const tombstone = '-';
