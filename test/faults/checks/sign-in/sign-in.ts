/**
 * Signing in as an admin, and staying so: whatever is used, old, another's or guessed lets nobody in, and whoever has the
 * right to come in does.
 */
import { collectFindings, type Check, type Findings } from '../../check.ts';
import { openScene, type Scene, type Settings } from '../../../rights/scene.ts';
import type { Attempt } from './attempts.ts';
import { enrolmentAttempts, factorAttempts } from './factors.ts';
import { guessAttempts } from './guesses.ts';
import { startProvider } from './provider.ts';
import { sessionAttempts } from './sessions.ts';
import { singleSignOnAttempts } from './single-sign-on.ts';

const plain = [...factorAttempts, ...sessionAttempts, ...guessAttempts];
const all = plain.length + enrolmentAttempts.length + singleSignOnAttempts.length;

/** What OWASP asks of argon2id at the least: kibibytes and passes. */
const least = { memory: 19_456, passes: 2 };

async function weakVerifiers({ whole, addAdmin }: Scene, findings: Findings): Promise<void> {
  await addAdmin();
  const { rows } = await whole.server.deps.pool.query<{ hash: string }>(
    'select password_hash as hash from admin_secrets',
  );
  for (const { hash } of rows) {
    const [, memory = 0, passes = 0] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),/.exec(hash) ?? [];
    if (Number(memory) >= least.memory && Number(passes) >= least.passes) continue;
    return findings.add('unauthorised', `a password is kept as ${hash.slice(0, 30)}…`);
  }
}

async function tryAll(
  settings: Settings,
  attempts: readonly Attempt[],
  findings: Findings,
  done: () => void,
): Promise<void> {
  const scene = await openScene(settings);
  try {
    await weakVerifiers(scene, findings);
    for (const [index, attempt] of attempts.entries()) {
      const passed = await attempt.try(scene, `198.51.100.${index + 1}`);
      if (passed && !attempt.right) findings.add('unauthorised', `${attempt.what} is let in`);
      if (!passed && attempt.right) findings.add('lost', `${attempt.what} is refused`);
      done();
    }
  } finally {
    await scene.close();
  }
}

export const signIn: Check = {
  name: 'sign-in',
  property:
    'Nothing that is used, old, another’s or guessed signs an admin in; what is right and fresh does.',
  unit: 'attempts',
  cases: all,
  few: all,
  async run({ progress }) {
    const findings = collectFindings();
    const provider = await startProvider();
    let count = 0;
    const done = (): void => progress((count += 1));
    const oidc = {
      oidcIssuer: provider.issuer,
      oidcClientId: provider.clientId,
      oidcClientSecret: 'a secret of the provider',
    };
    try {
      await tryAll({}, plain, findings, done);
      await tryAll({ requireSecondFactor: true }, enrolmentAttempts, findings, done);
      await tryAll(
        oidc,
        singleSignOnAttempts.map((attempt) => attempt(provider)),
        findings,
        done,
      );
      return findings.tally(count);
    } finally {
      await provider.close();
    }
  },
};
