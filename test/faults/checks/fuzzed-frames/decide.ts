/** Whatever the server took for intents, decided by the real authority: only the sender's own may come of it. */
import type { Intent } from '../../../../domain/intents.ts';
import { isStorable } from '../../../../domain/text.ts';
import { createAuthority } from '../../../../sync-server/decisions/authority.ts';
import type { Whole } from '../../../support/whole.ts';
import type { Findings } from '../../check.ts';

const slice = 500;

export interface Sender {
  readonly adminId: string;
  readonly device: string;
}

export async function decideAll(
  { server: { deps } }: Whole,
  sender: Sender,
  intents: readonly Intent[],
  findings: Findings,
): Promise<void> {
  const decide = createAuthority(deps, () => Promise.resolve());
  for (let from = 0; from < intents.length; from += slice) {
    const some = intents.slice(from, from + slice);
    const outcomes = await decide(sender, some).catch((error: unknown) => {
      findings.add('lost', `one intent stopped ${some.length}: ${String(error)}`);
      return [];
    });
    for (const [place, { kind }] of outcomes.entries()) {
      const intent = some[place];
      if (intent && !isStorable(intent.reason ?? '') && kind !== 'refused') {
        findings.add('unauthorised', `a reason that nothing can keep was ${kind}`);
      }
      if (intent && intent.device !== sender.device && kind !== 'refused') {
        findings.add('unauthorised', `an intent of ${intent.device} was ${kind}`);
      }
    }
  }
}

/** Nothing that is on record may be of another device than these. */
export async function onlyOf(
  { server: { deps } }: Whole,
  senders: readonly Sender[],
  findings: Findings,
): Promise<void> {
  const devices = new Set(senders.map(({ device }) => device));
  const { rows } = await deps.pool.query<{ device: unknown }>(
    `select device::text from intent_outcomes union select device::text from change_log where kind <> 'event' and device is not null`,
  );
  for (const { device } of rows) {
    if (typeof device === 'string' && devices.has(device)) continue;
    findings.add('unauthorised', `something was decided for ${String(device)}`);
  }
}
