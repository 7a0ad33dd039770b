/**
 * Frames of a real desk, made wrong in all ways that come to mind, against the server's own connection. Most go through a
 * socket without a network, a part through real ones. Whatever the server takes for intents is then decided by the real
 * authority, and only the sender's own may come of it.
 */
import type { Intent } from '../../../../domain/intents.ts';
import { signedInAdmin, type TestAdmin } from '../../../../sync-server/admins/testing.ts';
import { createTestPortal, testIntent } from '../../../../sync-server/decisions/testing.ts';
import { randomOf, type Random } from '../../../../sync-server/demo/random.ts';
import { startWhole, type Whole } from '../../../support/whole.ts';
import { collectFindings, type Check, type Findings, type Run } from '../../check.ts';
import { chosen } from '../../chosen.ts';
import { decideAll, onlyOf } from './decide.ts';
import { judge } from './judge.ts';
import { mutate, type Material } from './mutate.ts';
import { record, type Recording } from './record.ts';
import { overSockets } from './sockets.ts';
import { openStandIn, standInFeed } from './stand-in.ts';

const feedName = 'feed/all/fuzz';
/** Intents that got through and are decided for real. */
const mostDecided = 3_000;
/** One frame in so many goes over a real WebSocket. */
const oneInSockets = 100;

async function materialFor(whole: Whole, sender: TestAdmin, random: Random): Promise<Material> {
  const { deps } = whole.server;
  const other = await signedInAdmin(deps);
  const { requests } = await createTestPortal(deps.commit, 20);
  const intent = (): Intent =>
    testIntent(sender.device, 'approve', { kind: 'developer', id: chosen(requests, random).developer.id });
  const recordings: Recording[] = [];
  for (let count = 0; count < 12; count++) {
    const portions = Array.from({ length: 1 + random.below(4) }, () => 1 + random.below(4));
    const intents = Array.from({ length: portions.reduce((sum, size) => sum + size) }, intent);
    recordings.push(await record(sender.device, feedName, intents, portions));
  }
  return {
    recordings,
    intents: [intent(), intent(), intent()],
    others: [other.device, crypto.randomUUID()],
    feed: feedName,
  };
}

/** Frames through the socket without a network; answers what was taken for intents. */
async function withoutNetwork(
  material: Material,
  { cases, seed, progress }: Run,
  findings: Findings,
): Promise<Intent[]> {
  const feed = standInFeed(feedName);
  const taken = new Map<string, Intent>();
  const decided = (intents: readonly Intent[]): void => {
    if (taken.size >= mostDecided) return;
    for (const intent of intents) taken.set(JSON.stringify(intent), intent);
  };
  for (let number = 0; number < cases; number++) {
    const random = randomOf('frame', seed, number);
    const recording = chosen(material.recordings, random);
    const step = random.below(recording.steps.length);
    const mutant = mutate(material, recording, step, random);
    const connection = openStandIn(recording.device, feed, decided);
    for (const { frame } of recording.steps.slice(0, step)) connection.receive(frame, true);
    const before = connection.ended();
    const wrong =
      before === null ? judge(connection, feed, mutant) : `a desk's own frame was refused: ${before}`;
    if (wrong !== null)
      findings.add('unauthorised', `frame ${number} of seed ${seed} (${mutant.what}): ${wrong}`);
    connection.close();
    progress(number);
    // What is due meanwhile gets its turn.
    if (number % 1_000 === 0) await new Promise(setImmediate);
  }
  return [...taken.values()];
}

async function run(options: Run): Promise<ReturnType<Findings['tally']>> {
  const findings = collectFindings();
  const { seed, cases } = options;
  const whole = await startWhole();
  const crashed = (error: unknown): void =>
    findings.add('lost', `a rejection that nobody handled: ${String(error)}`);
  process.on('unhandledRejection', crashed);
  try {
    const sender = await signedInAdmin(whole.server.deps);
    const material = await materialFor(whole, sender, randomOf('recordings', seed));
    const sockets = Math.ceil(cases / oneInSockets);
    const taken = await withoutNetwork(material, { ...options, cases: cases - sockets }, findings);
    const { id: adminId, device } = sender;
    await decideAll(whole, { adminId, device }, taken, findings);
    const more = await overSockets(whole, adminId, material, sockets, randomOf('sockets', seed), findings);
    await onlyOf(whole, [{ adminId, device }, ...more], findings);
    return findings.tally(cases);
  } finally {
    process.off('unhandledRejection', crashed);
    await whole.close();
  }
}

export const fuzzedFrames: Check = {
  name: 'fuzzed-frames',
  property:
    'a frame that is wrong in any way is refused by name within a second and kept, and leaves every document as it was',
  unit: 'frames',
  cases: 100_000,
  few: 3_000,
  run,
};
