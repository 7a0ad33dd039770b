/** Faults that let somebody sign in as an admin, or stay, without the right to. */
import type { Plant } from '../plant.ts';

const check = 'sign-in';
const passkeys = 'sync-server/admins/factors/passkeys.ts';
const limits = 'sync-server/admins/sign-in/limits.ts';

const factors: readonly Plant[] = [
  {
    fault: 'a code of an authenticator is good twice',
    file: 'sync-server/admins/factors/authenticator.ts',
    find: "  const step = stepOfCode(secret, code, clock(), found.lastStep);\n  if (step === null) return false;\n  const { numUpdatedRows } = await db\n    .updateTable('adminTotp')\n    .set({ lastStep: step })\n    .where('adminId', '=', adminId)\n    .where('lastStep', '<', step)\n",
    replace:
      "  const step = stepOfCode(secret, code, clock(), 0);\n  if (step === null) return false;\n  const { numUpdatedRows } = await db\n    .updateTable('adminTotp')\n    .set({ lastStep: step })\n    .where('adminId', '=', adminId)\n",
    check,
  },
  {
    fault: 'a code is good for minutes',
    alone: true,
    file: 'sync-server/admins/factors/totp.ts',
    find: 'const tolerance = 1;',
    replace: 'const tolerance = 4;',
    check,
  },
  {
    fault: 'codes may be guessed for ever',
    file: limits,
    find: '() => byCode.use(adminId)',
    replace: '() => Promise.resolve()',
    check,
  },
  {
    fault: 'a passkey that answered another page',
    file: passkeys,
    find: '    expectedOrigin: party.origin,\n    expectedRPID: party.id,\n    credential:',
    replace:
      "    expectedOrigin: [party.origin, 'http://localhost:8081'],\n    expectedRPID: party.id,\n    credential:",
    check,
  },
  {
    fault: 'a passkey that anybody at the device may use',
    file: passkeys,
    find: 'counter: known.counter },\n    requireUserVerification: true,',
    replace: 'counter: known.counter },\n    requireUserVerification: false,',
    check,
  },
  {
    fault: 'a copy of a passkey',
    file: passkeys,
    find: 'counter: known.counter }',
    replace: 'counter: 0 }',
    check,
  },
  {
    fault: 'anybody’s passkey behind one’s own password',
    file: 'sync-server/admins/sign-in/second-factor.ts',
    find: 'adminId !== null && (attempt.adminId === null || attempt.adminId === adminId)',
    replace: 'adminId !== null',
    check,
  },
  {
    fault: 'somebody else’s second factor lets the password alone in',
    file: 'sync-server/admins/account/authenticator-routes.ts',
    find: '      await endOthers();\n',
    replace: '',
    check,
  },
];

const sessions: readonly Plant[] = [
  {
    fault: 'passwords that are cheap to guess from a copy',
    file: 'sync-server/passwords/passwords.ts',
    find: 'memory: 19_456, passes: 2',
    replace: 'memory: 64, passes: 1',
    check,
  },
  {
    fault: 'a replaced refresh token is good for ever',
    file: 'sync-server/admins/sessions.ts',
    find: 'return previous && Date.parse(session.rotatedAt) + graceMilliseconds > now;',
    replace: 'return previous;',
    check,
  },
  {
    fault: 'a code opens a session without its verifier',
    file: 'sync-server/admins/codes.ts',
    find: 'grant.challenge === challenge;',
    replace: "challenge !== '';",
    check,
  },
  {
    fault: 'the account page never ends',
    file: 'sync-server/admins/page-sessions.ts',
    find: "    .where('expiresAt', '>', isoTime(clock()))\n",
    replace: '',
    check,
  },
  {
    fault: 'a form that any site may send',
    file: 'sync-server/admins/guard.ts',
    find: '  return right.length === given.length && timingSafeEqual(right, given);',
    replace: '  return right.length === given.length;',
    check,
  },
];

const guesses: readonly Plant[] = [
  {
    fault: 'a guesser keeps the owner of an account out',
    file: limits,
    find: 'for (const use of uses) await use();',
    replace: 'await Promise.all(uses.map((use) => use()));',
    check,
  },
  {
    fault: 'an account is guessed from as many places as one likes',
    file: limits,
    find: '() => byAccount.use(email),',
    replace: '',
    check,
  },
  {
    fault: 'every address of an IPv6 network counts for itself',
    file: 'sync-server/http/network.ts',
    find: '.slice(0, 4)',
    replace: '.slice(0, 8)',
    check,
  },
  {
    fault: 'every spelling of an address counts for itself',
    file: 'sync-server/admins/accounts.ts',
    find: "return email.normalize('NFKC').trim().toLowerCase();",
    replace: 'return email;',
    check,
  },
  {
    fault: 'anybody may say where they come from',
    file: 'sync-server/http/server.ts',
    find: 'trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,',
    replace: 'trustProxy: true,',
    check,
  },
];

const abroad: readonly Plant[] = [
  {
    fault: 'an address that the provider has not verified',
    file: 'sync-server/admins/oidc/identities.ts',
    find: 'admin.deactivatedAt !== null || !verified)',
    replace: 'admin.deactivatedAt !== null)',
    check,
  },
  {
    fault: 'an answer of the provider with any state',
    file: 'sync-server/admins/oidc/provider.ts',
    find: 'expectedState: state,',
    replace: 'expectedState: oidc.skipStateCheck,',
    check,
  },
];

export const signInPlants: readonly Plant[] = [...factors, ...sessions, ...guesses, ...abroad];
