/**
 * Ends again what ended after the backup without a row saying so: passwords, second factors, tokens (the list is in
 * changelog/ended.ts). Nothing is opened by it, so where an older second factor goes and none is left, the password goes
 * with it: it alone opened nothing any more.
 */
import type { Change } from '../changelog/commit.ts';
import type { Ended } from '../changelog/ended.ts';
import { endOne, voidLonePassword } from './end-one.ts';
import { nameOf, words } from './ended-words.ts';

/** Something that a restore ended, for whoever has to tell people. */
export interface EndedAgain {
  readonly what: Ended['what'];
  /** The same for people. */
  readonly name: string;
  /** Whose it was, as people call them; the id where the backup does not know. */
  readonly whose: string;
  /** What they do now. */
  readonly mend: string;
}

/** Runs in the restore's commit, after rows were closed again. Answers what the backup had, and has no more. */
export async function endAgain(change: Change, given: readonly Ended[]): Promise<EndedAgain[]> {
  const ended = removedFirst(given);
  const done: EndedAgain[] = [];
  const say = async (one: Ended): Promise<void> => {
    const { what, id } = one;
    change.event({
      name: 'secret.ended',
      subject: { entity: words[what].entity, id },
      details: { what },
      cause: { actor: 'system' },
    });
    const { name, mend } = words[what];
    done.push({ what, name, whose: await nameOf(change, one), mend });
  };
  for (const one of ended) if (await endOne(change, one)) await say(one);
  for (const id of adminsWithFactors(ended)) {
    if (await voidLonePassword(change, id)) await say({ what: 'admin-password', id });
  }
  return done;
}

/** Nothing else is said of what is removed as a whole. */
function removedFirst(ended: readonly Ended[]): readonly Ended[] {
  const removed = ended.filter(({ what }) => what === 'webhook');
  return [...removed, ...ended.filter(({ what }) => what !== 'webhook')];
}

function adminsWithFactors(ended: readonly Ended[]): ReadonlySet<string> {
  const factors: readonly Ended['what'][] = ['password-alone', 'authenticator', 'passkey'];
  return new Set(ended.filter(({ what }) => factors.includes(what)).map(({ id }) => id));
}
