/** The database as Kysely sees it. Column names are camelCase here and snake_case in PostgreSQL. */
import type { ColumnType, Generated, Kysely } from 'kysely';
import type { EntityKind, Row } from '../../domain/entities.ts';
import type { Outcome } from '../../domain/outcomes.ts';

/** Timestamps are ISO 8601 texts with milliseconds on both sides. */
type Json<T> = ColumnType<T, string, string>;

/** A published row; JSON columns are written as text. */
type Published<K extends EntityKind> = Row<K>;

/** What a product owner may see; the rest of the kinds is nobody's product. */
export type MemberKind = Exclude<EntityKind, 'credential'>;

export interface Database {
  portals: Published<'portal'>;
  products: Published<'product'>;
  versions: Published<'version'>;
  strategies: Published<'strategy'>;
  publications: Published<'publication'>;
  gateways: Published<'gateway'>;
  services: Published<'service'>;
  links: Published<'link'>;
  developers: Published<'developer'>;
  applications: Published<'application'>;
  registrations: Published<'registration'>;
  credentials: Published<'credential'>;
  admins: Published<'admin'>;

  developerSecrets: {
    developerId: string;
    portalId: string;
    emailNormal: string;
    passwordHash: string | null;
  };
  credentialSecrets: { credentialId: string; portalId: string; hash: Buffer };
  adminSecrets: { adminId: string; passwordHash: string | null; deactivatedAt: Generated<string | null> };
  gatewaySecrets: {
    id: Generated<string>;
    tokenHash: Buffer;
    gatewayId: string;
    createdAt: string;
    lastUsedAt: Generated<string | null>;
    revokedAt: string | null;
  };
  developerSessions: SessionTimes & {
    accessHash: Buffer;
    refreshHash: Buffer;
    previousRefreshHash: Buffer | null;
    /** Null until a session of before 0013 is refreshed. */
    familyHash: Buffer | null;
    developerId: string;
    portalId: string;
  };
  mailTokens: {
    hash: Buffer;
    portalId: string;
    developerId: string;
    purpose: string;
    passwordHash: string | null;
    expiresAt: string;
    usedAt: string | null;
  };
  devices: {
    id: string;
    adminId: string;
    name: string;
    scope: string;
    enrolledAt: string;
    seenAt: string;
    revokedAt: string | null;
    kind: Generated<'desk' | 'automation'>;
    address: Generated<string | null>;
  };
  adminCodes: { hash: Buffer; adminId: string; challenge: string; redirectUri: string; expiresAt: string };
  adminSessions: SessionTimes & {
    accessHash: Buffer;
    refreshHash: Buffer;
    adminId: string;
    deviceId: string | null;
    previousHash: Buffer | null;
    rotatedAt: string;
    /** Null until a session of before 0013 is refreshed. */
    familyHash: Buffer | null;
    /** The authorization code that opened it. */
    codeHash: Buffer | null;
  };
  adminTotp: {
    adminId: string;
    secret: Buffer;
    confirmedAt: string | null;
    lastStep: number;
    createdAt: string;
  };
  adminRecoveryCodes: { hash: Buffer; adminId: string; createdAt: string };
  adminPasskeys: {
    id: string;
    adminId: string;
    name: string;
    publicKey: Buffer;
    counter: number;
    transports: string[];
    createdAt: string;
    usedAt: string | null;
  };
  adminIdentities: { issuer: string; subject: string; adminId: string; boundAt: string };
  adminSignIns: {
    hash: Buffer;
    adminId: string | null;
    destination: ColumnType<unknown, string | null, string | null>;
    challenge: string | null;
    oidc: ColumnType<unknown, string | null, string | null>;
    expiresAt: string;
  };
  failedSignIns: {
    key: Buffer;
    adminId: string | null;
    address: string | null;
    step: string;
    tries: number;
    firstAt: string;
    lastAt: string;
    dueAt: string;
  };
  adminPageSessions: {
    hash: Buffer;
    adminId: string;
    enrolling: boolean;
    destination: ColumnType<unknown, string | null, string | null>;
    challenge: string | null;
    createdAt: string;
    expiresAt: string;
  };

  portalHosts: { host: string; portalId: string };
  versionSpecifications: { versionId: string; content: Json<unknown> };
  productDocuments: {
    id: string;
    productId: string;
    parentId: string | null;
    slug: string;
    title: string;
    content: string;
    position: number;
    createdAt: string;
    updatedAt: string;
  };
  productLabels: { productId: string; label: string; value: string };

  epochs: { epoch: number; startedAfter: number; startedAt: string; closingsReplayed: boolean };
  history: {
    singleton: Generated<boolean>;
    id: string;
    sealedCheck: Buffer | null;
    closingEpoch: number | null;
    closingSeq: number | null;
  };
  /** `setBack`: the most by which an entry's time was before an earlier entry's, in milliseconds. */
  logHead: {
    singleton: Generated<boolean>;
    epoch: number;
    seq: number;
    hash: Buffer;
    latest: string | null;
    setBack: Generated<number>;
  };
  changeLog: {
    seq: number;
    epoch: number;
    at: string;
    actor: string;
    device: string | null;
    intent: string | null;
    batch: string | null;
    portalId: string | null;
    kind: 'row' | 'outcome' | 'event';
    entity: string;
    entityId: string;
    revision: number;
    payload: Buffer | null;
    salt: Buffer | null;
    payloadDigest: Buffer;
    hash: Buffer;
    version: 1 | 2;
    action: string;
    context: Buffer | null;
    contextSalt: Buffer | null;
    contextDigest: Buffer | null;
  };
  auditNames: { entityId: string; words: string };
  erasures: { seq: number; developerId: string; at: string };
  /** `key` is what an earlier release kept in clear: null once it is sealed. */
  erasureKey: { singleton: Generated<boolean>; key: Generated<Buffer | null>; sealedKey: Buffer | null };
  intentOutcomes: {
    device: string;
    intent: string;
    digest: string;
    outcome: Json<Outcome>;
    seq: number;
    at: string;
  };
  deletedRecords: {
    entity: string;
    id: string;
    portalId: string | null;
    emailNormal: string | null;
    developerId: string | null;
    versionId: string | null;
    referenceId: string | null;
    state: string;
    deletedBy: string;
    deletedAt: string;
    emailSealed: Generated<Buffer | null>;
  };

  watchedProducts: {
    productId: string;
    since: number;
    open: boolean;
    filledTo: string | null;
    clearing: boolean;
  };
  productMembers: { productId: string; entity: MemberKind; entityId: string };
  scopeChanges: {
    seq: number;
    number: number;
    entity: MemberKind;
    entityId: string;
    seenBefore: string[];
    seenAfter: string[];
  };

  gatewayCredentials: {
    credentialId: string;
    applicationId: string;
    region: string;
    hash: string;
    notAfter: number | null;
  };
  gatewayConnections: { applicationId: string; serviceId: string; gatewayId: string };
  gatewayServices: { serviceId: string; gatewayId: string; record: string };
  gatewayChanges: {
    seq: number;
    number: number;
    region: string | null;
    gatewayId: string | null;
    line: string;
  };
  gatewayAcks: { gatewayId: string; epoch: number; seq: number; digest: string; at: string };
  signingKeys: {
    keyId: string;
    publicKey: Buffer;
    /** As an earlier release kept it, in clear: null once it is sealed. */
    privateKey: Generated<Buffer | null>;
    sealedKey: Buffer | null;
    createdAt: string;
    retiredAt: string | null;
  };
  quarantine: {
    device: string;
    adminId: string;
    code: string;
    sha256: Buffer;
    bytes: number;
    head: Buffer;
    document: string | null;
    times: number;
    firstAt: string;
    lastAt: string;
  };
  sharedSnapshots: { id: string; scope: string; manifest: Json<unknown>; madeAt: string };
  sharedChunks: { scope: string; snapshotId: string; number: number; content: Buffer };
  webhookEndpoints: {
    id: string;
    url: string;
    events: string[];
    description: string;
    createdAt: string;
    pausedReason: 'owner' | 'failing' | 'restored' | null;
    pausedAt: string | null;
    failures: Generated<number>;
    failingSince: string | null;
    nextAttemptAt: string;
    leasedBy: string | null;
    leasedUntil: string | null;
  };
  webhookSecrets: {
    id: string;
    endpointId: string;
    secret: Buffer;
    createdAt: string;
    retiresAt: string | null;
  };
  webhookDeliveries: {
    id: string;
    endpointId: string;
    seq: number;
    type: string;
    body: string;
    createdAt: string;
    attempts: Generated<number>;
    triedSince: string;
    nextAttemptAt: string;
    deliveredAt: string | null;
    deadAt: string | null;
    lastError: string | null;
  };
  deviceCursors: { deviceId: string; epoch: number; seq: number; at: string };
  mailOutbox: {
    id: string;
    portalId: string | null;
    recipient: string;
    subject: string;
    /** Of rows from before bodies were sealed. */
    body: Generated<string>;
    sealedBody: Generated<Buffer | null>;
    createdAt: string;
    attempts: Generated<number>;
    nextAttemptAt: string;
    sentAt: string | null;
    lastError: string | null;
  };
}

interface SessionTimes {
  accessUntil: string;
  refreshUntil: string;
  createdAt: string;
}

export type Db = Kysely<Database>;
