/**
 * What of a newer state only takes away. A gateway that has no room to keep the newer state enforces this much of it at
 * once, so nothing in here may open anything: not a path that another service's prefix would then cover either.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalJson } from '../../domain/canonical.ts';
import { recordKey } from '../../domain/wire/gateway.ts';
import type { GatewayLine, GatewayRecord } from '../../domain/wire/gateway.ts';
import { effectiveStaleness } from '../freshness.ts';
import { allRecords } from './lines.ts';
import type { Records, Service } from './records.ts';

const recordsInOneGo = 2_000;

/** What changes take away from what is held. Of several lines for one record the last one counts. */
export function takenAwayBy(lines: readonly GatewayLine[], held: Records): GatewayLine[] {
  const last = new Map(lines.map((line) => [recordKey(line.record), line]));
  return [...last.values()].flatMap(({ op, record }) =>
    takenAway(held.find(record), op === 'put' ? record : null),
  );
}

/** What a snapshot takes away from what is held. Read in slices, so that calls are answered in between. */
export async function takenAwayUntil(next: Records, held: Records): Promise<GatewayLine[]> {
  const lines: GatewayLine[] = [];
  let seen = 0;
  for (const record of allRecords(held)) {
    lines.push(...takenAway(record, next.find(record)));
    seen += 1;
    if (seen % recordsInOneGo === 0) await nextTurn();
  }
  for (const service of next.services()) if (!held.find(service)) lines.push(...takenAway(null, service));
  return lines;
}

/** One record as it was and as it comes to be, null where there is none. */
function takenAway(was: GatewayRecord | null, next: GatewayRecord | null): GatewayLine[] {
  if (!was) return next?.k === 'service' && next.mode === 'enforced' ? [put(shut(next))] : [];
  const narrow = narrowed(was, next);
  if (!narrow) return [{ op: 'drop', record: was }];
  return canonicalJson(narrow) === canonicalJson(was) ? [] : [put(narrow)];
}

/** No more than either allows; null for nothing at all. */
function narrowed(was: GatewayRecord, next: GatewayRecord | null): GatewayRecord | null {
  if (was.k === 'service') {
    return next?.k === 'service' && next.path === was.path ? narrowedService(was, next) : shut(was);
  }
  if (was.k === 'credential' && next?.k === 'credential') {
    if (next.application !== was.application) return null;
    const ends = [was.notAfter, next.notAfter].filter((end) => end !== null);
    return { ...was, notAfter: ends.length === 0 ? null : Math.min(...ends) };
  }
  return next && was;
}

/** Callers meet the former upstream until there is room: which one it is, is nobody's access. */
function narrowedService(was: Service, next: Service): Service {
  const shorter = effectiveStaleness(next.maxStaleness) < effectiveStaleness(was.maxStaleness);
  return {
    ...was,
    mode: was.mode === 'open' ? next.mode : was.mode,
    maxStaleness: shorter ? next.maxStaleness : was.maxStaleness,
    upstream: next.upstream === null ? null : was.upstream,
  };
}

/** It keeps its path, which a shorter prefix of an open service would else be asked for, and leads nowhere. */
function shut(service: Service): Service {
  return { ...service, mode: 'enforced', upstream: null };
}

function put(record: GatewayRecord): GatewayLine {
  return { op: 'put', record };
}
