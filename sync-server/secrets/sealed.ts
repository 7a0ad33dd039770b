/** Everything that the database holds sealed: what a value is bound to, and where all of them are, for a new key. */

/** What each kind of sealed value belongs to. */
export const ownerOf = {
  check: (history: string) => history,
  authenticator: (adminId: string) => adminId,
  webhook: (endpointId: string) => `webhook:${endpointId}`,
  mail: (mailId: string) => `mail:${mailId}`,
  signingKey: (keyId: string) => `signing:${keyId}`,
  erasureKey: () => 'erasure',
} as const;

export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** The column that says whose it is. */
  readonly of: string;
  readonly owner: (of: string) => string;
}

/** Every column with sealed values. One that were missing here would be lost when the key is changed. */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'history', column: 'sealed_check', of: 'id', owner: ownerOf.check },
  { table: 'admin_totp', column: 'secret', of: 'admin_id', owner: ownerOf.authenticator },
  { table: 'webhook_secrets', column: 'secret', of: 'endpoint_id', owner: ownerOf.webhook },
  { table: 'mail_outbox', column: 'sealed_body', of: 'id', owner: ownerOf.mail },
  { table: 'signing_keys', column: 'sealed_key', of: 'key_id', owner: ownerOf.signingKey },
  { table: 'erasure_key', column: 'sealed_key', of: 'singleton', owner: ownerOf.erasureKey },
];
