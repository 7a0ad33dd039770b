/** Frames that do not join on to where a copy stands: whatever brings them there, they must not land. */
import * as Y from 'yjs';
import { sameCursor } from '../../domain/cursor.ts';
import type { Frame } from '../../domain/wire/frames.ts';
import { encodeMessage, listName } from '../../domain/wire/sync.ts';
import { encodeSync } from '../../domain/wire/y-sync.ts';
import type { Findings } from '../faults/check.ts';
import type { DeskNode } from './desk.ts';
import type { Dice } from './dice.ts';
import type { Scene } from './scene.ts';
import type { World } from './world.ts';

/** A frame that deletes a row of the scene, from somewhere else than `at`. */
function wrongFrame(scene: Scene, dice: Dice, at: { epoch: number; seq: number }): Frame {
  const victim = dice.pick(scene.registrations);
  // Behind it, or where it will never come: a frame of the near future would be right once the copy is there.
  const off = dice.pick([-3, -2, -1, 1_000_000]);
  const prev = Math.max(0, at.seq + off);
  const to = Math.max(prev, at.seq) + 1;
  const epoch = dice.chance(0.2) ? at.epoch + 1 : at.epoch;
  const item = {
    k: 'row' as const,
    seq: to,
    entity: 'registration' as const,
    id: victim.id,
    revision: 99,
    row: null,
    actor: 'system',
    at: '2026-01-01T00:00:00.000Z',
  };
  return { epoch, prev, to, items: [item] };
}

/** Hands such a frame to a desk's copy, or puts it among what the feed brings. */
export async function forge(world: World, desk: DeskNode, scene: Scene, findings: Findings): Promise<string> {
  const { dice } = world;
  const at = desk.copy.cursor();
  if (!at) return `${desk.name} has no copy yet`;
  const frame = wrongFrame(scene, dice, at);
  const wire = [...world.dialling.wires].find(
    ({ client, open, feed }) => client === desk.name && open() && feed(),
  );
  if (wire && dice.chance(0.5)) {
    const doc = new Y.Doc();
    doc.getArray<string>(listName).push([JSON.stringify(frame)]);
    const payload = encodeSync({ kind: 'update', bytes: Y.encodeStateAsUpdate(doc) });
    wire.forge(encodeMessage({ kind: 'sync', document: wire.feed() ?? '', payload }));
    return `${desk.name} gets a frame ${frame.prev}…${frame.to} at ${at.seq} through the feed`;
  }
  const before = JSON.stringify([...desk.copy.rows.registration.keys()]);
  await desk.copy.port(() => true).call('apply', [frame]);
  const after = desk.copy.cursor();
  if (!after || !sameCursor(after, at) || JSON.stringify([...desk.copy.rows.registration.keys()]) !== before)
    findings.add(
      'unauthorised',
      `${desk.name} took a frame ${frame.epoch}:${frame.prev} at ${at.epoch}:${at.seq}`,
    );
  return `${desk.name} gets a frame ${frame.prev}…${frame.to} at ${at.seq}`;
}
