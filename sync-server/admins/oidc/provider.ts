/** The identity provider of admins (OpenID Connect): authorization code with PKCE, state and nonce. */
import * as oidc from 'openid-client';
import type { Config } from '../../config/config.ts';
import { pagePaths } from '../paths.ts';
import type { Abroad } from '../sign-in/attempts.ts';

/** Seconds. */
const patience = 10;

export interface Person {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | null;
  /** Whether the provider says that it has verified the address: another one is only claimed. */
  readonly verified: boolean;
}

export interface Provider {
  /** The address to send the browser to, and what its answer has to match. */
  begin(): Promise<{ readonly address: string; readonly abroad: Abroad }>;
  /** Who came back. Throws where the answer does not match, or the provider does not stand by it. */
  finish(back: URL, abroad: Abroad): Promise<Person>;
}

type OidcConfig = Pick<Config, 'oidcIssuer' | 'oidcClientId' | 'oidcClientSecret' | 'publicUrl'>;

/** Null without one. The provider is asked for its addresses when the first admin signs in, and again after a failure. */
export function createProvider(config: OidcConfig): Provider | null {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: secret, publicUrl } = config;
  if (issuer === null || clientId === null || secret === null) return null;
  const redirectUri = `${publicUrl}${pagePaths.singleSignOnBack}`;
  const configuration = remembered(() => {
    // Settings allow plain HTTP on the loopback address only.
    const execute = issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [];
    const proof = oidc.ClientSecretBasic(secret);
    return oidc.discovery(new URL(issuer), clientId, secret, proof, { execute, timeout: patience });
  });

  return {
    async begin() {
      const provider = await configuration();
      const abroad = {
        verifier: oidc.randomPKCECodeVerifier(),
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
      };
      const address = oidc.buildAuthorizationUrl(provider, {
        redirect_uri: redirectUri,
        scope: 'openid email',
        code_challenge: await oidc.calculatePKCECodeChallenge(abroad.verifier),
        code_challenge_method: 'S256',
        state: abroad.state,
        nonce: abroad.nonce,
      });
      return { address: address.href, abroad };
    },
    async finish(back, { verifier, state, nonce }) {
      const provider = await configuration();
      // As it was registered, whatever host the request was sent to.
      const address = new URL(redirectUri);
      address.search = back.search;
      const tokens = await oidc.authorizationCodeGrant(provider, address, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) throw new Error('the provider sent no ID token');
      const told =
        claims['email'] === undefined
          ? await oidc.fetchUserInfo(provider, tokens.access_token, claims.sub)
          : claims;
      const { email, email_verified: verified } = told;
      return {
        issuer: claims.iss,
        subject: claims.sub,
        email: typeof email === 'string' ? email : null,
        verified: verified === true,
      };
    },
  };
}

/** What `load` gave, once it gave something. */
function remembered<T>(load: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | null = null;
  return () => {
    found ??= load().catch((error: unknown) => {
      found = null;
      throw error;
    });
    return found;
  };
}
