/** A developer whose client is Kong's published one, unmodified, as `@kong/sdk-portal-js` has it. */
import {
  ApplicationsApi,
  Configuration,
  CredentialsApi,
  DeveloperApi,
  ProductsApi,
  RegistrationsApi,
  VersionsApi,
} from '@kong/sdk-portal-js';
import { expect } from '@playwright/test';
import type { Developer } from './developer.ts';
import { mailsTo } from './mail.ts';

/** The cookies of one answer, as the next request sends them. */
function cookieOf(headers: unknown): string {
  const set: unknown =
    typeof headers === 'object' && headers !== null && 'set-cookie' in headers ? headers['set-cookie'] : [];
  return (Array.isArray(set) ? set : []).map((cookie) => String(cookie).split(';')[0]).join('; ');
}

export function sdkDeveloper(given: {
  readonly url: string;
  readonly dataDir: string;
  readonly email: string;
  readonly name: string;
}): Developer {
  const { url, dataDir, email, name } = given;
  const password = 'correct horse battery staple';
  let cookie = '';
  let application = '';
  let credential = '';
  const configuration = (): Configuration =>
    new Configuration({ basePath: url, baseOptions: { headers: cookie === '' ? {} : { cookie } } });

  return {
    email,
    name,
    async signUp() {
      const requestBody = { email, full_name: name, password };
      const { status } = await new DeveloperApi(configuration()).register({ requestBody });
      expect(status).toBe(201);
    },
    async confirm() {
      await expect.poll(async () => (await mailsTo(dataDir, email)).length).toBe(1);
      const [mail] = await mailsTo(dataDir, email);
      const token = /verify-email\?token=([\w.~-]+)/.exec(mail?.text ?? '')?.[1] ?? '';
      const { status } = await new DeveloperApi(configuration()).verifyEmail({
        verifyEmailRequest: { token },
      });
      expect(status).toBe(202);
    },
    async signIn() {
      const answer = await new DeveloperApi(configuration()).authenticate({
        authenticateRequest: { username: email, password },
      });
      expect(answer.status).toBe(204);
      cookie = cookieOf(answer.headers);
    },
    async requestAccess(wanted) {
      const created = await new ApplicationsApi(configuration()).createApplication({
        createApplicationPayload: {
          name: wanted,
          description: 'Follows every parcel.',
          reference_id: wanted.toLowerCase(),
        },
      });
      expect(created.status).toBe(201);
      application = created.data.id;
      const products = await new ProductsApi(configuration()).listProducts();
      const product = products.data.data?.find((one) => one.name === 'Mock API');
      if (!product) throw new Error('the catalog has no Mock API');
      const versions = await new VersionsApi(configuration()).listProductVersions({ productId: product.id });
      const version = versions.data.data[0];
      if (!version) throw new Error('the Mock API has no version');
      const answer = await new RegistrationsApi(configuration()).createApplicationRegistration({
        applicationId: application,
        createRegistrationPayload: { product_version_id: version.id },
      });
      expect(answer.data.status).toBe('pending');
    },
    async generateKey() {
      const answer = await new CredentialsApi(configuration()).createCredential({
        applicationId: application,
        createCredentialPayload: { display_name: 'production' },
      });
      expect(answer.status).toBe(201);
      credential = answer.data.id;
      if (!('credential' in answer.data)) throw new Error('a new key is shown once');
      return String(answer.data.credential);
    },
    async deleteKey() {
      const { status } = await new CredentialsApi(configuration()).deleteCredential({
        applicationId: application,
        credentialId: credential,
      });
      expect(status).toBe(204);
    },
    async close() {
      await Promise.resolve();
    },
  };
}
