/** Adding, naming and removing one's passkeys. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { textSchema } from '../../../domain/text.ts';
import { factorsOf } from '../factors/factors.ts';
import { partyOf, registerPasskey, registrationOptions, type Party } from '../factors/passkeys.ts';
import { removeRecoveryCodes, renewRecoveryCodes } from '../factors/recovery.ts';
import { keepChallenge } from '../page-sessions.ts';
import { accountPaths } from '../paths.ts';
import { endingPasswordAlone, factorChanged, showCodes } from './authenticator-routes.ts';
import { done, fieldsOf, Refused, requirePassword, requireWhole, senderOf } from './forms.ts';
import type { AccountDeps } from './forms.ts';

const name = textSchema.trim().min(1).max(60);
const newSchema = z.object({ name, passkey: z.string().max(16_000) });
const renameSchema = z.object({ name, passkey: textSchema.max(1_400) });
const removeSchema = z.object({ passkey: textSchema.max(1_400) });
const unnamed = 'Give the passkey a name.';

export function passkeyRoutes(deps: AccountDeps): FastifyPluginAsync {
  const { db, config, commit } = deps;

  function requireParty(): Party {
    const party = partyOf(config);
    if (!party) throw new Refused(400, 'Passkeys need a name in the address of this server, not a number.');
    return party;
  }

  /** The challenge is given for the password only, so the answer to it needs none. */
  async function options(request: FastifyRequest): Promise<object> {
    const session = await senderOf(deps, request);
    await requirePassword(deps, request, session);
    const offered = await registrationOptions(db, requireParty(), session.admin);
    await keepChallenge(db, session.token, offered.challenge);
    return offered;
  }

  async function add(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    const { name, passkey: response } = fieldsOf(newSchema, request.body, unnamed);
    const { admin, challenge } = session;
    if (challenge === null) throw new Refused(409, 'Begin again: this passkey was asked for too long ago.');
    await keepChallenge(db, session.token, null);
    const codes = await commit(async (change) => {
      const wanted = { adminId: admin.id, name, challenge, response };
      const endOthers = await endingPasswordAlone(change, session);
      if (!(await registerPasskey(change, requireParty(), wanted))) {
        throw new Refused(400, 'This passkey could not be verified. Try again, or use another one.');
      }
      await endOthers();
      factorChanged(change, session, 'passkey added', [{ what: 'password-alone', id: admin.id }]);
      // They come with the first second factor, whichever it is.
      const { recoveryCodes } = await factorsOf(change.db, admin.id);
      return recoveryCodes > 0 ? null : renewRecoveryCodes(change, admin.id);
    });
    return codes === null ? done(reply, 'passkey') : showCodes(reply, codes, session);
  }

  async function rename(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    requireWhole(session);
    const { passkey, name } = fieldsOf(renameSchema, request.body, unnamed);
    await commit(async (change) => {
      const { numUpdatedRows } = await change.db
        .updateTable('adminPasskeys')
        .set({ name })
        .where('id', '=', passkey)
        .where('adminId', '=', session.admin.id)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw new Refused(404, 'This passkey is removed already.');
      factorChanged(change, session, 'passkey renamed');
    });
    return done(reply, 'passkey-renamed');
  }

  async function remove(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const session = await senderOf(deps, request);
    requireWhole(session);
    await requirePassword(deps, request, session);
    const { passkey } = fieldsOf(removeSchema, request.body, 'Choose a passkey.');
    const { id } = session.admin;
    await commit(async (change) => {
      const { authenticator, passkeys } = await factorsOf(change.db, id);
      if (!passkeys.some((known) => known.id === passkey)) {
        throw new Refused(404, 'This passkey is removed already.');
      }
      const last = !authenticator && passkeys.length === 1;
      if (last && config.requireSecondFactor) {
        throw new Refused(
          409,
          'This server asks every admin for a second factor, and this is your only one.',
        );
      }
      await change.db
        .deleteFrom('adminPasskeys')
        .where('id', '=', passkey)
        .where('adminId', '=', id)
        .execute();
      if (last) await removeRecoveryCodes(change, id);
      factorChanged(change, session, 'passkey removed', [
        { what: 'passkey', id, passkey },
        ...(last ? [{ what: 'recovery-codes' as const, id }] : []),
      ]);
    });
    return done(reply, 'passkey-removed');
  }

  return async (app) => {
    app.post(accountPaths.passkeyOptions, options);
    app.post(accountPaths.passkey, add);
    app.post(accountPaths.passkeyRename, rename);
    app.post(accountPaths.passkeyRemove, remove);
  };
}
