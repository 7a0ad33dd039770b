/** Secrets that are in a backup and end after it: none of them may open anything once the backup is restored. */
import { GatehouseError } from '../../../domain/errors.ts';
import { renewRecoveryCodes, useRecoveryCode } from '../../../sync-server/admins/factors/recovery.ts';
import { tryPerson } from '../../../sync-server/admins/oidc/identities.ts';
import { changePassword, deactivateAdmin } from '../../../sync-server/admins/people.ts';
import { tryPassword } from '../../../sync-server/admins/sign-in/password.ts';
import { createLink } from '../../../sync-server/developers/links.ts';
import { authenticate, resetPassword } from '../../../sync-server/developers/password.ts';
import { createGatewayToken, revokeGatewayTokens } from '../../../sync-server/gateways/tokens.ts';
import { hashPassword } from '../../../sync-server/passwords/passwords.ts';
import type { Findings } from '../check.ts';
import type { Place } from './place.ts';

export interface OldSecrets {
  /** Replaces, revokes and closes all of them. */
  end(): Promise<void>;
  /** After the restore. */
  judge(findings: Findings, where: string): Promise<void>;
}

const system = { actor: 'system' };

/** Before the backup. `number` makes names of their own. */
export async function giveSecrets({ whole, portal }: Place, number: number): Promise<OldSecrets> {
  const { commit, db, key } = whole.server.deps;
  const changed = await whole.addAdmin(`Changed-${number}`, 'reviewer');
  const away = await whole.addAdmin(`Away-${number}`, 'reviewer');
  const proved = await whole.addAdmin(`Proved-${number}`, 'reviewer');
  const gateway = await db.selectFrom('gateways').select('id').executeTakeFirstOrThrow();
  const token = await createGatewayToken({ commit }, { gateway: gateway.id, fingerprint: key.fingerprint });
  const codes = await commit((change) => renewRecoveryCodes(change, changed.id));
  const developer = portal.requests[number % portal.requests.length]?.developer;
  if (!developer) throw new Error('there is no developer');
  const word = `the first word of ${number}`;
  await db
    .updateTable('developerSecrets')
    .set({ passwordHash: await hashPassword(word) })
    .where('developerId', '=', developer.id)
    .execute();

  /** How somebody comes from an identity provider who has the address of the admin `proved`. */
  const person = (subject: string) => ({
    issuer: 'https://provider.example',
    subject: `${subject} of ${number}`,
    email: proved.email,
    verified: true,
  });

  const askGateway = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${whole.server.url}/api/gateway/v1/snapshot`, { headers })).status;
  };
  if ((await askGateway()) !== 200) throw new Error('the token opens nothing before the backup');

  return {
    async end() {
      const passwordHash = await hashPassword('another word of the same');
      const tokens = await db
        .selectFrom('gatewaySecrets')
        .select('id')
        .where('revokedAt', 'is', null)
        .orderBy('createdAt', 'desc')
        .execute();
      await revokeGatewayTokens({ commit }, { token: tokens[0]?.id ?? '' });
      if ((await askGateway()) !== 401) throw new Error('another token was revoked');
      const link = await commit(async (change) => {
        await changePassword(change, { adminId: changed.id, passwordHash }, system);
        await deactivateAdmin(change, away.id, system);
        change.event({
          name: 'admin.second_factor_changed',
          subject: { entity: 'admin', id: proved.id },
          ends: [{ what: 'password-alone', id: proved.id }],
          cause: system,
        });
        return createLink(change, 'reset', { portalId: portal.portal.id, developerId: developer.id });
      });
      await resetPassword({ commit }, portal.portal, link, 'the second word of it');
      if (!(await useRecoveryCode(commit, changed.id, codes[0] ?? '')))
        throw new Error('the recovery code opens nothing before the loss');
      if ((await tryPerson({ db, commit }, person('the owner'))).adminId !== proved.id)
        throw new Error('single sign-on opens nothing before the loss');
    },
    async judge(findings, where) {
      const { db: restored, commit: commitThere } = whole.server.deps;
      const open = (what: string): void =>
        findings.add('unauthorised', `${where}: ended before the loss, good after the restore: ${what}`);
      if ((await askGateway()) !== 401) open('a gateway’s token');
      for (const [what, { email, password }] of Object.entries({ changed, away, proved })) {
        if ((await tryPassword(restored, email, password)).adminId !== null)
          open(`an admin’s password (${what})`);
      }
      if (await useRecoveryCode(commitThere, changed.id, codes[0] ?? '')) open('a recovery code');
      const [other, owner] = [
        await tryPerson(whole.server.deps, person('somebody else')),
        await tryPerson(whole.server.deps, person('the owner')),
      ];
      if (other.adminId !== null) open('single sign-on, for whoever has the address');
      if (owner.adminId !== proved.id)
        findings.add('lost', `${where}: single sign-on does not know its admin any more`);
      const right = await authenticate({ db: restored }, portal.portal, developer.email, word).then(
        () => true,
        (error: unknown) => !(error instanceof GatehouseError && error.code === 'credentials_wrong'),
      );
      if (right) open('a developer’s password');
    },
  };
}
