/**
 * What becomes of one call, in this order: a path that means two things 400, no verified state 503, no such service 404,
 * stale 503, open passes, then the key 401, then the connection 403. Pure: the request comes as facts.
 */
import { hash } from 'node:crypto';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { isWellFormedKey } from '../../domain/keys.ts';
import { freshUntil } from '../freshness.ts';
import { dotSegment } from '../state/paths.ts';
import type { Credential, Records, Service } from '../state/records.ts';

export interface Call {
  /** Without the query. */
  readonly path: string;
  /** Every `apikey` header, in order. */
  readonly keys: readonly string[];
  /** Milliseconds since 1970, by this gateway's clock. */
  readonly now: number;
}

export type Decision =
  | { readonly pass: false; readonly code: ErrorCode }
  | {
      readonly pass: true;
      readonly service: Service;
      /** What of the path belongs to the gateway, with its closing slash. */
      readonly prefix: string;
      /** Who calls; null where the service is open. */
      readonly application: string | null;
    };

export interface VerifiedState {
  readonly records: Records;
  readonly verifiedAt: number;
}

export function decide(held: VerifiedState | null, call: Call): Decision {
  if (dotSegment.test(call.path)) return refused('path_ambiguous');
  if (!held) return refused('gateway_not_ready');
  const found = held.records.serviceAt(call.path);
  if (!found) return refused('service_unknown');
  if (call.now >= freshUntil(held.verifiedAt, found.service.maxStaleness)) return refused('gateway_stale');
  if (found.service.mode === 'open') return { pass: true, ...found, application: null };

  const checked = checkKey(held.records, call);
  if (typeof checked === 'string') return refused(checked);
  if (!held.records.connected(checked.application, found.service.id)) return refused('not_connected');
  return { pass: true, ...found, application: checked.application };
}

/** The live credential, or the code of what is wrong. A malformed key is refused before any look-up. */
function checkKey(records: Records, { keys, now }: Call): Credential | ErrorCode {
  const [key, ...more] = keys;
  if (key === undefined) return 'key_missing';
  if (more.length > 0) return 'key_repeated';
  if (!isWellFormedKey(key)) return 'key_malformed';
  const credential = records.credential(hash('sha256', key, 'hex'));
  if (!credential) return 'key_unknown';
  const expired = credential.notAfter !== null && credential.notAfter * 1000 <= now;
  return expired ? 'key_expired' : credential;
}

function refused(code: ErrorCode): Decision {
  return { pass: false, code };
}
