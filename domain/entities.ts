/**
 * The rows that cross boundaries: what the server publishes of its tables and what a desk keeps a copy of.
 * Nothing here holds a verifier: password hashes and key hashes never leave the server's own tables.
 *
 * Every row names its portal. Products, versions, strategies, gateways, services and links are shared by the portals
 * of a region; their `portalId` is null.
 */
import { z } from 'zod';
import {
  columnName,
  flag,
  integer,
  json,
  nullable,
  oneOf,
  text,
  time,
  uuid,
  uuids,
  type Column,
} from './columns.ts';
import {
  actions,
  applicationStates,
  credentialStates,
  developerStates,
  registrationStates,
} from './states.ts';

type Columns = Record<string, Column>;
type Shape<C extends Columns> = { [K in keyof C]: C[K]['schema'] };

/** One entity: its table name (the same on the server's feed and on the desk), its columns and its wire schema. */
export interface Entity<C extends Columns = Columns> {
  readonly table: string;
  readonly columns: C;
  readonly schema: z.ZodObject<Shape<C>>;
}

function isKeyOf<T extends object>(name: string, of: T): name is Extract<keyof T, string> {
  return Object.hasOwn(of, name);
}

/** Whether every column has its schema: what makes the partial shape a whole one. */
function isWhole<C extends Columns>(shape: Partial<Shape<C>>, columns: C): shape is Shape<C> {
  return Object.keys(columns).every((name) => isKeyOf(name, shape));
}

function schemasOf<C extends Columns>(columns: C): Shape<C> {
  const shape: Partial<Shape<C>> = {};
  for (const name in columns) {
    const column = columns[name];
    if (column) shape[name] = column.schema;
  }
  if (!isWhole(shape, columns)) throw new Error('a column without a schema');
  return shape;
}

function entity<const C extends Columns>(table: string, columns: C): Entity<C> {
  return { table, columns, schema: z.strictObject(schemasOf(columns)) };
}

/** The last decision on a row: by an admin (`admin:<id>`), a rule (`rule:<name>`) or nobody yet. */
const decided = {
  /** Rises with state and requester-visible content only, never with usage, notes or last-used. */
  revision: integer,
  /** The revision at which the requester last changed what an admin judges. */
  contentRevision: integer,
  /** The revision of the last decision, 0 where nobody decided. */
  decidedRevision: integer,
  decidedBy: nullable(text),
  decidedAt: nullable(time),
  decidedAction: nullable(oneOf(actions)),
  reason: nullable(text),
} as const;

/** Lowest first. A product owner sees and decides what belongs to certain products; a viewer sees all and decides nothing. */
export const roles = ['product-owner', 'viewer', 'reviewer', 'owner'] as const;
export type Role = (typeof roles)[number];

export const entities = {
  portal: entity('portals', {
    id: uuid,
    portalId: uuid,
    region: text,
    name: text,
    displayName: text,
    description: text,
    isPublic: flag,
    autoApproveDevelopers: flag,
    autoApproveApplications: flag,
    defaultStrategyId: nullable(uuid),
    theme: json,
    revision: integer,
    createdAt: time,
  }),
  product: entity('products', {
    id: uuid,
    portalId: nullable(uuid),
    region: text,
    name: text,
    slug: text,
    description: text,
    revision: integer,
    createdAt: time,
  }),
  version: entity('versions', {
    id: uuid,
    portalId: nullable(uuid),
    productId: uuid,
    name: text,
    lifecycle: oneOf(['active', 'deprecated', 'sunset']),
    revision: integer,
    createdAt: time,
  }),
  strategy: entity('strategies', {
    id: uuid,
    portalId: nullable(uuid),
    region: text,
    name: text,
    kind: oneOf(['key-auth', 'openid-connect']),
    dynamicRegistration: flag,
    config: json,
    revision: integer,
    createdAt: time,
  }),
  publication: entity('publications', {
    id: uuid,
    portalId: uuid,
    versionId: uuid,
    strategyId: nullable(uuid),
    visibility: oneOf(['public', 'private']),
    registrationOpen: flag,
    autoApprove: flag,
    /** False once unpublished: connections stay on record but open nothing. */
    live: flag,
    ...decided,
    createdAt: time,
  }),
  gateway: entity('gateways', {
    id: uuid,
    portalId: nullable(uuid),
    region: text,
    name: text,
    revision: integer,
    createdAt: time,
  }),
  service: entity('services', {
    id: uuid,
    portalId: nullable(uuid),
    gatewayId: uuid,
    name: text,
    /** Path prefix under which the gateway offers it, e.g. `/mock`. */
    path: text,
    /** Where the built-in proxy forwards to. */
    upstream: nullable(text),
    /** Set explicitly by an owner: reachable without a key. */
    open: flag,
    /** Seconds a gateway may go on without hearing from the server, null for the gateway's own default. */
    maxStaleness: nullable(integer),
    revision: integer,
    createdAt: time,
  }),
  link: entity('links', {
    id: uuid,
    portalId: nullable(uuid),
    versionId: uuid,
    serviceId: uuid,
    revision: integer,
    createdAt: time,
  }),
  developer: entity('developers', {
    id: uuid,
    portalId: uuid,
    email: text,
    name: text,
    state: oneOf(developerStates),
    ...decided,
    verifiedAt: nullable(time),
    createdAt: time,
  }),
  application: entity('applications', {
    id: uuid,
    portalId: uuid,
    developerId: uuid,
    strategyId: nullable(uuid),
    name: text,
    description: text,
    referenceId: text,
    redirectUri: nullable(text),
    state: oneOf(applicationStates),
    ...decided,
    createdAt: time,
  }),
  registration: entity('registrations', {
    id: uuid,
    portalId: uuid,
    developerId: uuid,
    applicationId: uuid,
    publicationId: uuid,
    versionId: uuid,
    state: oneOf(registrationStates),
    ...decided,
    createdAt: time,
  }),
  credential: entity('credentials', {
    id: uuid,
    portalId: uuid,
    applicationId: uuid,
    name: text,
    last4: text,
    state: oneOf(credentialStates),
    notAfter: nullable(time),
    revision: integer,
    createdAt: time,
  }),
  admin: entity('admins', {
    id: uuid,
    portalId: nullable(uuid),
    email: text,
    name: text,
    role: oneOf(roles),
    /** What a product owner is limited to, sorted; empty for every other role. */
    productIds: uuids,
    revision: integer,
    createdAt: time,
  }),
} as const;

export type EntityKind = keyof typeof entities;
/** Parents before children, so that snapshots can be loaded in this order. */
export const entityKinds = [
  'portal',
  'product',
  'version',
  'strategy',
  'publication',
  'gateway',
  'service',
  'link',
  'admin',
  'developer',
  'application',
  'registration',
  'credential',
] as const satisfies readonly EntityKind[];
export const entityKindSchema = z.enum(entityKinds);

export type Row<K extends EntityKind> = z.infer<(typeof entities)[K]['schema']>;

/** Column names of an entity's table, in declaration order: the order of COPY. */
export function columnNames(kind: EntityKind): string[] {
  return Object.keys(entities[kind].columns).map(columnName);
}
