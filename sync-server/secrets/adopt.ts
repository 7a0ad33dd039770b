/**
 * Behind a restore: the backup may be older than the present key. What is still there of the former ones opens its secrets,
 * and they are sealed with the present one, so that a change of keys is not undone by it.
 */
import type { Change } from '../changelog/commit.ts';
import { lockedHistory } from './fitting-key.ts';
import { findFormerKeys, findKeys, type KeyPlace } from './key-files.ts';
import { sealAnew } from './rotate.ts';
import { opens } from './seal.ts';
import { ownerOf } from './sealed.ts';

/** `foreign`: no key that is here opens them; a server does not start before it has theirs. */
export type Adopted = 'fits' | 'sealed anew' | 'foreign';

export async function adoptSecrets(change: Change, place: KeyPlace): Promise<Adopted> {
  const { id, sealedCheck } = await lockedHistory(change.db);
  if (sealedCheck === null) return 'fits';
  const fits = (key: Buffer | null): Promise<boolean> | boolean =>
    key !== null && opens(key, sealedCheck, ownerOf.check(id));
  const { current, next } = await findKeys(place);
  if ((await fits(current)) || (await fits(next))) return 'fits';
  if (current === null) return 'foreign';
  for (const former of await findFormerKeys(place.dataDir)) {
    if (!(await fits(former))) continue;
    const details = await sealAnew(change, former, current);
    change.event({ name: 'secrets.key_changed', details, cause: { actor: 'system' } });
    return 'sealed anew';
  }
  return 'foreign';
}
