/** How often somebody may try to sign in: by account and by address, over all server processes. */
import type { Deps } from '../../config/deps.ts';
import { GatehouseError } from '../../../domain/errors.ts';
import { createSharedLimit, type Limit } from '../../http/limit.ts';
import { networkOf } from '../../http/network.ts';

/** Seconds. */
export const window = 15 * 60;

export interface SignInLimits {
  /** A try with a password. False where it is one too many; counted alike whether the account exists or not. */
  password(email: string, address: string): Promise<boolean>;
  /** The password was right: the account is not being guessed from here. */
  proved(email: string, address: string): Promise<void>;
  /** A try with a code of a second factor. Only who knows the password gets here, so the account alone counts. */
  code(adminId: string): Promise<boolean>;
  codeProved(adminId: string): Promise<void>;
  /** Anything else that begins without a proof: a passkey's challenge, a way to an identity provider. */
  begin(address: string): Promise<boolean>;
}

/** One after another: a try that one of them refuses does not count for those after it. */
async function under(...uses: readonly (() => Promise<void>)[]): Promise<boolean> {
  try {
    for (const use of uses) await use();
    return true;
  } catch (error) {
    if (error instanceof GatehouseError && error.code === 'rate_limited') return false;
    throw error;
  }
}

export function createSignInLimits(deps: Pick<Deps, 'pool'>): SignInLimits {
  const limit = (name: string, tries: number): Limit =>
    createSharedLimit(deps, `admin-${name}`, tries, window);
  // Guessing one account, from one place or from many, and trying many accounts from one place. The account comes last: it
  // takes many places to keep its owner out.
  const byPair = limit('pair', 10);
  const byAccount = limit('account', 50);
  const byAddress = limit('address', 100);
  const byCode = limit('code', 10);
  const begun = limit('begin', 100);
  const pair = (email: string, address: string): string => JSON.stringify([email, networkOf(address)]);
  return {
    password: (email, address) =>
      under(
        () => byAddress.use(networkOf(address)),
        () => byPair.use(pair(email, address)),
        () => byAccount.use(email),
      ),
    proved: (email, address) => byPair.forget(pair(email, address)),
    code: (adminId) => under(() => byCode.use(adminId)),
    codeProved: (adminId) => byCode.forget(adminId),
    begin: (address) => under(() => begun.use(networkOf(address))),
  };
}
