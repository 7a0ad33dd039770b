/** Signatures by Standard Webhooks (standardwebhooks.com): HMAC-SHA256 over id, time and body, for each live secret. */
import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';
const secretBytes = 32;

export function newSecret(): Buffer {
  return randomBytes(secretBytes);
}

/** As owners are shown it, once. */
export function shownSecret(secret: Buffer): string {
  return `${prefix}${secret.toString('base64')}`;
}

export interface Signed {
  readonly 'webhook-id': string;
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** `at` in milliseconds: the time of the try, so that a receiver may refuse old ones. */
export function signedHeaders(id: string, at: number, body: string, secrets: readonly Buffer[]): Signed {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = secrets.map((secret) => {
    const digest = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64');
    return `v1,${digest}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
