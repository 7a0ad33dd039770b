/** An identity provider that says whatever it is told to, right or wrong. */
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface Says {
  readonly subject: string;
  readonly email: string;
  readonly verified: unknown;
  /** Otherwise than it was asked. */
  readonly nonce?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expired?: boolean;
}

export interface TestProvider {
  readonly issuer: string;
  readonly clientId: string;
  /** What the next answer says, to who came with this nonce. */
  say(nonce: string, says: Says): void;
  close(): Promise<void>;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startProvider(): Promise<TestProvider> {
  const clientId = 'gatehouse';
  let said: Says & { readonly nonce: string } = { subject: '', email: '', verified: true, nonce: '' };
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    const path = request.url ?? '';
    request.resume();
    if (path.includes('openid-configuration')) {
      return void response.end(
        JSON.stringify({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/keys`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        }),
      );
    }
    const now = Math.floor(Date.now() / 1000) - (said.expired === true ? 7_200 : 0);
    const claims = {
      iss: said.issuer ?? issuer,
      aud: said.audience ?? clientId,
      sub: said.subject,
      email: said.email,
      email_verified: said.verified,
      nonce: said.nonce,
      iat: now,
      exp: now + 60,
    };
    // Straight from the provider, over a connection that proves it: the signature adds nothing.
    const idToken = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${Buffer.alloc(256).toString('base64url')}`;
    response.end(
      JSON.stringify({ access_token: 'x', token_type: 'Bearer', expires_in: 60, id_token: idToken }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  return {
    issuer,
    clientId,
    say: (nonce, says) => void (said = { nonce, ...says }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
