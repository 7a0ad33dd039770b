/** Faults that leave a secret somewhere. */
import type { Plant } from '../plant.ts';

const check = 'secrets-canary';

export const secretPlants: readonly Plant[] = [
  {
    fault: 'requests are logged with their bodies',
    file: 'sync-server/http/observe.ts',
    find: 'actor: actorOf(request) }',
    replace: 'actor: JSON.stringify(request.body ?? actorOf(request)) }',
    check,
  },
  {
    fault: 'a new key is kept as its own name',
    file: 'sync-server/applications/credentials.ts',
    find: 'name: name ??',
    replace: 'name: key ??',
    check,
  },
  {
    fault: 'a password gets into a developer’s row, and so into the documents',
    file: 'sync-server/developers/sign-up.ts',
    find: '{ email, name }: SignUp,',
    replace: '{ email, password: name }: SignUp,',
    check,
  },
  {
    fault: 'mails wait in plain',
    alone: true,
    file: 'sync-server/mail/outbox.ts',
    find: "body: '',",
    replace: 'body,',
    check,
  },
  {
    fault: 'a webhook’s secret is kept in plain',
    file: 'sync-server/webhooks/endpoints.ts',
    find: 'description: given.description,',
    replace: 'description: shownSecret(secret),',
    check,
  },
  {
    fault: 'the key that signs for gateways is kept in plain',
    file: 'sync-server/signing/key.ts',
    find: 'createdAt: now,',
    replace: 'createdAt: now, privateKey: clear,',
    check,
  },
  {
    fault: 'the key that erased addresses are remembered by is kept in plain',
    file: 'sync-server/developers/hashed-email.ts',
    find: '.values({ sealedKey })',
    replace: '.values({ sealedKey, key })',
    check,
  },
  {
    fault: 'developers’ tokens are kept and not their hashes',
    file: 'sync-server/developers/tokens.ts',
    find: "return createHash('sha256').update(token).digest();",
    replace: 'return Buffer.from(token);',
    check,
  },
  {
    fault: 'admins’ tokens are kept and not their hashes',
    file: 'sync-server/admins/tokens.ts',
    find: "return createHash('sha256').update(token, 'utf8').digest();",
    replace: 'return Buffer.from(token);',
    check,
  },
  {
    fault: 'a gateway keeps its token beside its state',
    file: 'gateway/state/store.ts',
    find: "const binding = hash('sha256', token, 'hex');",
    replace: 'const binding = token;',
    check,
  },
  {
    fault: 'HAProxy writes the keys of calls to its log',
    file: 'gateway/haproxy/config.ts',
    find: 'frontend gatehouse\n',
    replace:
      'frontend gatehouse\n    log stderr format raw local0 info\n    option httplog\n    capture request header apikey len 64\n',
    check,
  },
];
