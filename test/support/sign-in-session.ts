/** A second admin without a desk: signed in as an app would, deciding by `POST decisions`. */
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { z } from 'zod';
import { uuidv7 } from '../../domain/ids.ts';
import type { Intent } from '../../domain/intents.ts';
import type { Outcome } from '../../domain/outcomes.ts';
import {
  adminPaths,
  clientId,
  decisionsResponseSchema,
  enrolResponseSchema,
  tokenResponseSchema,
} from '../../domain/wire/admin.ts';
import { changesPageSchema } from '../../domain/wire/frames.ts';
import { authorizeUrl } from '../../main/core/session/oauth.ts';
import { formBrowser, type Person } from './sign-in.ts';

export interface AdminSession {
  /** Rejects the developers with these addresses, as this admin sees them now. */
  rejectDevelopers(emails: readonly string[], reason: string): Promise<Outcome[]>;
}

/** Signs in through the server's own page, with PKCE and a loopback redirect. */
export async function formBrowserSession(server: string, person: Person): Promise<AdminSession> {
  const verifier = randomBytes(32).toString('base64url');
  const callback = createServer().listen(0, '127.0.0.1');
  await once(callback, 'listening');
  const address = callback.address();
  const redirectUri = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/callback`;
  const answered = new Promise<string>((resolve) => {
    callback.on('request', (request, response) => {
      response.end();
      resolve(new URL(request.url ?? '/', redirectUri).searchParams.get('code') ?? '');
    });
  });
  await formBrowser(person)(authorizeUrl(server, redirectUri, verifier, randomUUID()));
  const code = await answered;
  callback.close();
  callback.closeAllConnections();

  let bearer = '';
  async function call<S extends z.ZodType>(schema: S, path: string, body?: object): Promise<z.infer<S>> {
    const response = await fetch(new URL(path, server), {
      method: body ? 'POST' : 'GET',
      headers: {
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        'content-type': 'application/json',
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return schema.parse(await response.json());
  }

  const grant = {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    code_verifier: verifier,
    redirect_uri: redirectUri,
  };
  bearer = (await call(tokenResponseSchema, adminPaths.token, grant)).access_token;
  const { device } = await call(enrolResponseSchema, adminPaths.devices, { name: 'second desk' });

  async function developers(): Promise<Map<string, { id: string; revision: number }>> {
    const found = new Map<string, { id: string; revision: number }>();
    let after = '1:0';
    for (;;) {
      const page = await call(changesPageSchema, `${adminPaths.changes}?after=${after}`);
      for (const item of page.frames.flatMap(({ items }) => items)) {
        const email = item.k === 'row' && item.entity === 'developer' ? item.row?.['email'] : null;
        if (item.k === 'row' && typeof email === 'string')
          found.set(email, { id: item.id, revision: item.revision });
      }
      const last = page.frames.at(-1);
      if (!page.more || !last) return found;
      after = `${last.epoch}:${last.to}`;
    }
  }

  return {
    async rejectDevelopers(emails, reason) {
      const known = await developers();
      const batch = uuidv7(Date.now(), randomBytes(10));
      const intents = emails.map((email): Intent => {
        const row = known.get(email);
        if (!row) throw new Error(`${email} is unknown`);
        return {
          id: uuidv7(Date.now(), randomBytes(10)),
          device,
          batch,
          action: 'reject',
          target: { kind: 'developer', id: row.id },
          reason,
          decidedAt: new Date().toISOString(),
          basis: { developer: row.revision },
        };
      });
      return (await call(decisionsResponseSchema, adminPaths.decisions, { intents })).outcomes;
    },
  };
}
