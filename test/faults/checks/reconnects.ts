/** Everybody comes back at the same moment: a thousand devices that offer again what they had offered. */
import { get } from 'node:http';
import { setTimeout as passing } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Intent } from '../../../domain/intents.ts';
import { isoTime } from '../../../main/core/ports.ts';
import { collectFindings, type Check, type Findings, type Run, type Tally } from '../check.ts';
import { arrive, enrolCrowd, type Member } from '../killing/crowd.ts';
import { judge, judgeLog, within } from '../killing/deciding.ts';
import { openStage, type Stage } from '../killing/stage.ts';

const admins = 4;
const patience = 60_000;

function intentOf({ device }: Member, developer: string): Intent {
  return {
    id: crypto.randomUUID(),
    device,
    batch: crypto.randomUUID(),
    action: 'approve',
    target: { kind: 'developer', id: developer },
    reason: null,
    decidedAt: isoTime(Date.now()),
    basis: { developer: 1 },
  };
}

/** Asks on a connection of its own: one that was kept from before would be broken by now. */
function healthOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(`${url}/healthz`, { agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    }).on('error', reject);
  });
}

async function allAnswered(pool: Pool, count: number): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ n: number }>(`select count(*)::int as n from intent_outcomes`);
    if ((rows[0]?.n ?? 0) >= count) return;
    await passing(50);
  }
}

interface Crowd {
  readonly stage: Stage;
  readonly members: readonly Member[];
  readonly intents: readonly Intent[];
  readonly findings: Findings;
}

/** All at once; somebody else, who only asks whether the server lives, is answered meanwhile. */
async function wave({ stage, members, intents, findings }: Crowd): Promise<void> {
  const coming = members.flatMap((member, index) => {
    const intent = intents[index];
    return intent ? [arrive(stage.url, member, intent)] : [];
  });
  const [health, ...refusals] = await within(
    Promise.all([healthOf(stage.url), ...coming]),
    'a wave of connections',
    patience,
  );
  if (health !== 200) findings.add('lost', `the server answered ${health} meanwhile`);
  const refused = refusals.filter((refusal) => refusal !== null);
  if (refused.length > 0) findings.add('lost', `${refused.length} were turned away: ${String(refused[0])}`);
}

async function reconnect(run: Run): Promise<Tally> {
  const findings = collectFindings();
  const stage = await openStage(run.cases);
  try {
    const members = await enrolCrowd(stage.pool(), run.cases, admins);
    const ids = stage.portal.requests.map(({ developer }) => developer.id);
    const intents = members.map((member, index) => intentOf(member, ids[index] ?? ''));
    const crowd = { stage, members, intents, findings };
    await wave(crowd);
    // Every connection breaks; some intents are answered by now, some are not.
    stage.wires.sync.thaw();
    await wave(crowd);
    await within(allAnswered(stage.pool(), intents.length), 'an outcome for each', patience);
    await judge(stage.pool(), { acknowledged: ids, open: [] }, findings, 'after the second wave');
    await judgeLog(stage.pool(), findings);
  } catch (error) {
    findings.add('lost', String(error));
  } finally {
    await stage.close();
  }
  return findings.tally(run.cases);
}

export const reconnects: Check = {
  name: 'reconnects',
  property: 'a thousand devices that come back at once are all served, and what they offer again counts once',
  unit: 'devices',
  cases: 1_000,
  few: 100,
  run: reconnect,
};
