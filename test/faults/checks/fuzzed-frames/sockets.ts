/** The same over real sockets: none brings the server down, and those who behave notice nothing. */
import { testIntent } from '../../../../sync-server/decisions/testing.ts';
import type { Random } from '../../../../sync-server/demo/random.ts';
import { TestDesk } from '../../../../sync-server/replication/testing.ts';
import type { Whole } from '../../../support/whole.ts';
import type { Findings } from '../../check.ts';
import { enrol, heard, type Device } from '../../hostile/devices.ts';
import type { Sender } from './decide.ts';
import { mutate, type Material } from './mutate.ts';
import { record } from './record.ts';
import { chosen } from '../../chosen.ts';

/** A device may connect so often at once. */
const perDevice = 40;
const atOnce = 4;
const slow = 1_000;

async function sendOne(
  whole: Whole,
  device: Device,
  material: Material,
  random: Random,
): Promise<string | null> {
  const desk = await TestDesk.connect(whole.server.url, device.headers);
  desk.socket.on('error', () => undefined);
  const intents = [1, 2, 3].map(() =>
    testIntent(device.device, 'approve', chosen(material.intents, random).target),
  );
  const recording = await record(device.device, desk.welcome.feed, intents, [1, 2]);
  const step = random.below(recording.steps.length);
  const { what, frame, binary } = mutate({ ...material, feed: desk.welcome.feed }, recording, step, random);
  for (const { frame: before } of recording.steps.slice(0, step)) desk.sendBytes(before);
  await heard(desk.socket);
  const start = performance.now();
  desk.socket.send(frame, { binary });
  await heard(desk.socket);
  const took = performance.now() - start;
  await desk.close();
  if (desk.goodbye === 'internal') return `${what}: the server failed`;
  return took > slow ? `${what}: it took ${Math.round(took)} ms` : null;
}

/** Sends `count` frames over real sockets; answers who has sent. */
export async function overSockets(
  whole: Whole,
  adminId: string,
  material: Material,
  count: number,
  random: Random,
  findings: Findings,
): Promise<readonly Sender[]> {
  const witness = await enrol(whole.server.deps, adminId);
  const watching = await TestDesk.connect(whole.server.url, witness.headers);
  const senders: Device[] = [];
  let left = count;
  const work = async (): Promise<void> => {
    while (left > 0) {
      const device = await enrol(whole.server.deps, adminId);
      senders.push(device);
      for (let turn = 0; turn < perDevice && left > 0; turn++) {
        left--;
        const wrong = await sendOne(whole, device, material, random);
        if (wrong !== null) findings.add('unauthorised', `over a socket: ${wrong}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const intent = testIntent(witness.device, 'approve', chosen(material.intents, random).target);
  watching.decide(intent);
  await watching
    .until(() => watching.outcomes().some(({ intent: id }) => id === intent.id))
    .catch(() => {
      findings.add('lost', 'a desk that behaved was sent away');
    });
  await watching.close();
  return [...senders, witness];
}
