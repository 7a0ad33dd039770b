/** Webhooks while the server that sends them is killed again and again, and receivers fail now and then. */
import type { Row } from '../../../../domain/entities.ts';
import { isSubscribed, type WebhookBody } from '../../../../domain/wire/webhooks.ts';
import { randomOf, type Random } from '../../../../sync-server/demo/random.ts';
import { isSigned } from '../../../../sync-server/webhooks/testing.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../../check.ts';
import { tryDeadLetter } from './dead-letters.ts';
import { openWebhookStage, type Endpoint, type WebhookStage } from './stage.ts';

/** Deliveries between two kills. */
const perKill = 80;
/** From the last kill until everything has to be there, in milliseconds. */
const patience = 30_000;

/** A transition that was committed. */
interface Truth {
  readonly id: string;
  readonly type: string;
}

export const webhooks: Check = {
  name: 'webhooks',
  property: 'every transition reaches each webhook that asked, signed, under one id; none that is not true',
  unit: 'deliveries',
  cases: 240,
  few: 80,
  run: async ({ cases, seed, progress }: Run): Promise<Tally> => {
    const random = randomOf(seed);
    const findings = collectFindings();
    const stage = await openWebhookStage(cases + 1);
    try {
      const truths: Truth[] = [];
      answerUnreliably(stage.endpoints, random);
      let wanted = 0;
      let nextKill = perKill / 2;
      for (const { developer } of stage.portal.requests) {
        if (wanted >= cases) break;
        const truth = await decide(stage, developer, random);
        if (truth) truths.push(truth);
        wanted = expected(stage.endpoints, truths).length;
        if (wanted < nextKill) continue;
        progress(wanted);
        nextKill += perKill;
        await stage.killServer();
      }
      const all = expected(stage.endpoints, truths);
      await arrivedOrLate(all);
      judge(stage.endpoints, truths, all, findings);
      const [endpoint] = stage.endpoints;
      const untold = stage.portal.requests.at(-1);
      if (endpoint && untold) await tryDeadLetter(stage, endpoint, untold.developer, findings);
      return findings.tally(all.length + 1);
    } finally {
      await stage.close();
    }
  },
};

/** One in a hundred is refused at first, and taken later. */
function answerUnreliably(endpoints: readonly Endpoint[], random: Random): void {
  for (const { receiver } of endpoints) {
    const seen = new Set<string>();
    receiver.answer = ({ id }) => {
      const first = !seen.has(id);
      seen.add(id);
      return first && random.share() < 1 / 100 ? 500 : 204;
    };
  }
}

/** Decides one request; one in ten commits fails at its end, and is nobody's business. */
async function decide(
  { commit }: WebhookStage,
  developer: Row<'developer'>,
  random: Random,
): Promise<Truth | null> {
  const state = random.share() < 0.7 ? 'approved' : 'rejected';
  const fails = random.share() < 0.1;
  const nothing = new Error('nothing of this happened');
  try {
    await commit(async (change) => {
      await change.put('developer', [{ ...developer, state, revision: 2 }], { actor: 'system' });
      if (fails) throw nothing;
    });
    return { id: developer.id, type: `developer.${state}` };
  } catch (error) {
    if (error !== nothing) throw error;
    return null;
  }
}

interface Expected {
  readonly endpoint: Endpoint;
  readonly truth: Truth;
}

function expected(endpoints: readonly Endpoint[], truths: readonly Truth[]): Expected[] {
  return endpoints.flatMap((endpoint) =>
    truths.filter(({ type }) => isSubscribed(endpoint.events, type)).map((truth) => ({ endpoint, truth })),
  );
}

const of =
  ({ id, type }: Truth) =>
  ({ body }: { readonly body: WebhookBody }): boolean =>
    body.data.id === id && body.type === type;

function isThere({ endpoint, truth }: Expected): boolean {
  return endpoint.receiver.accepted.some(of(truth));
}

async function arrivedOrLate(all: readonly Expected[]): Promise<void> {
  const until = Date.now() + patience;
  while (Date.now() < until && !all.every(isThere)) await new Promise((resolve) => setTimeout(resolve, 50));
}

function judge(
  endpoints: readonly Endpoint[],
  truths: readonly Truth[],
  all: readonly Expected[],
  findings: Findings,
): void {
  for (const one of all) {
    if (!isThere(one)) findings.add('lost', `${one.truth.type} of ${one.truth.id}`);
    const ids = new Set(one.endpoint.receiver.received.filter(of(one.truth)).map(({ id }) => id));
    if (ids.size > 1) findings.add('doubled', `${one.truth.type} of ${one.truth.id} under ${ids.size} ids`);
  }
  for (const { receiver, secret, events } of endpoints) {
    for (const received of receiver.received) {
      const { type, data } = received.body;
      if (!isSigned(received, secret)) findings.add('unauthorised', `${type} of ${data.id} is not signed`);
      if (!isSubscribed(events, type)) findings.add('unauthorised', `${type} went to who did not ask for it`);
      if (!truths.some((truth) => of(truth)(received))) {
        findings.add('unauthorised', `${type} of ${data.id}, which never became true`);
      }
    }
  }
}
