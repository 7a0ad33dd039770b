/** What a portal in memory holds: developers, products, applications. Shaped by the same schemas as the real answers. */
import type { z } from 'zod';
import type { applicationViewSchema, portalViewSchema } from '../../../domain/wire/portal.ts';
import type { DocumentTree, Product, ProductVersion, SpecOperation } from '../../../domain/wire/portal-v2.ts';
import { atlasGuide, weatherGuide, weatherKeys } from './documents.ts';

export type Application = z.infer<typeof applicationViewSchema>;
export type PortalView = z.infer<typeof portalViewSchema>;
type Strategy = NonNullable<Application['strategy']>;

export interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  password: string;
  state: 'unverified' | 'pending' | 'approved' | 'rejected' | 'revoked';
}

export interface Version extends ProductVersion {
  readonly operations: readonly SpecOperation[];
  readonly strategy: Strategy;
  readonly open: boolean;
  readonly autoApprove: boolean;
  readonly paths: string[];
}

export interface Offer {
  readonly product: Product;
  readonly isPublic: boolean;
  readonly versions: readonly Version[];
  readonly documents: DocumentTree[];
  readonly texts: ReadonlyMap<string, string>;
}

export interface World {
  readonly portal: PortalView;
  readonly accounts: Account[];
  readonly offers: readonly Offer[];
  readonly applications: Application[];
  readonly strategies: readonly Strategy[];
  /** One-time links by token: whose, and for what. */
  readonly links: Map<string, { readonly account: string; readonly use: 'verify' | 'reset' }>;
  readonly autoApprove: { developers: boolean; applications: boolean };
  now: number;
}

let last = 0;
/** Ids that look like ours and differ from each other. */
export function nextId(): string {
  last += 1;
  return `01990000-0000-7000-8000-${last.toString(16).padStart(12, '0')}`;
}

export const stamp = (milliseconds: number): string => new Date(milliseconds).toISOString();
export const keyAuth: Strategy = { id: nextId(), name: 'key-auth', kind: 'key-auth' };
export const okta: Strategy = { id: nextId(), name: 'okta-oidc', kind: 'openid-connect' };

const noon = Date.UTC(2026, 2, 12, 12);
const made = stamp(noon - 40 * 86_400_000);

function operation(
  method: string,
  path: string,
  summary: string,
  tags: string[],
  deprecated = false,
): SpecOperation {
  return { method, path, summary, tags, deprecated, operation_id: null };
}

interface VersionWish {
  name: string;
  strategy?: Strategy;
  open?: boolean;
  autoApprove?: boolean;
  deprecated?: boolean;
  paths?: string[];
  operations?: SpecOperation[];
}

function versionOf(wish: VersionWish): Version {
  const { name, strategy = keyAuth, open = true, autoApprove = false, deprecated = false } = wish;
  return {
    id: nextId(),
    name,
    deprecated,
    created_at: made,
    updated_at: made,
    registration_configs: [
      {
        id: strategy.id,
        name: strategy.name,
        credential_type: strategy.kind === 'key-auth' ? 'key_auth' : 'self_managed_client_credentials',
        registration_enabled: open,
        registration_auto_approve: autoApprove,
      },
    ],
    strategy,
    open,
    autoApprove,
    paths: wish.paths ?? [],
    operations: wish.operations ?? [],
  };
}

interface OfferWish {
  name: string;
  description: string | null;
  versions: Version[];
  documents?: { slug: string; title: string; text: string; below?: string }[];
  isPublic?: boolean;
  labels?: Record<string, string>;
}

export function offerOf(wish: OfferWish): Offer {
  const texts = new Map<string, string>();
  const branches = new Map<string, DocumentTree>();
  const documents: DocumentTree[] = [];
  for (const { slug, title, text, below } of wish.documents ?? []) {
    const parent = below === undefined ? undefined : branches.get(below);
    const branch = {
      id: nextId(),
      parent_document_id: parent?.id ?? null,
      slug,
      title,
      metadata: {},
      children: [],
    };
    texts.set(branch.id, text);
    branches.set(slug, branch);
    (parent?.children ?? documents).push(branch);
  }
  const latest = wish.versions.at(-1);
  const product: Product = {
    id: nextId(),
    created_at: made,
    updated_at: made,
    name: wish.name,
    description: wish.description,
    document_count: texts.size,
    version_count: wish.versions.length,
    latest_version: latest ? { id: latest.id, name: latest.name } : null,
    public_labels: wish.labels ?? {},
  };
  return { product, versions: wish.versions, documents, texts, isPublic: wish.isPublic ?? false };
}

const weatherOperations = [
  operation('get', '/forecast/{place}', 'Forecast for a place, hour by hour', ['Forecasts']),
  operation('get', '/forecast/{place}/daily', 'The next ten days', ['Forecasts']),
  operation('post', '/alerts', 'Be told of storms on a route', ['Alerts']),
  operation('delete', '/alerts/{id}', 'Stop an alert', ['Alerts']),
  operation('get', '/current', 'Present weather, without history', ['Forecasts'], true),
  operation('get', '/health', 'Whether the service answers', []),
];

function offers(): Offer[] {
  return [
    offerOf({
      name: 'Weather',
      description: 'Forecasts and storm alerts for any place or route, updated every ten minutes.',
      isPublic: true,
      labels: { team: 'Atmosphere' },
      versions: [
        versionOf({ name: 'v1', deprecated: true, open: false, paths: ['/weather/v1'] }),
        versionOf({ name: 'v2', paths: ['/mock'], operations: weatherOperations }),
      ],
      documents: [
        { slug: 'getting-started', title: 'Getting started', text: weatherGuide },
        { slug: 'keys', title: 'Keys and limits', text: weatherKeys, below: 'getting-started' },
        { slug: 'changes', title: 'What changed in v2', text: '# What changed in v2\n\nPlaces have ids.' },
      ],
    }),
    offerOf({
      name: 'Maps',
      description: 'Tiles, routes and places. Routes know about weather, tolls and the height of your truck.',
      versions: [
        versionOf({
          name: 'v2',
          strategy: okta,
          autoApprove: true,
          paths: ['/maps'],
          operations: weatherOperations.slice(0, 2),
        }),
      ],
      documents: [{ slug: 'atlas', title: 'Atlas', text: atlasGuide }],
    }),
    offerOf({
      name: 'Customs declarations',
      description: 'File and follow declarations at 31 borders with one format.',
      versions: [versionOf({ name: '2026-01', autoApprove: true, paths: ['/customs'] })],
      labels: { region: 'EU' },
    }),
    offerOf({ name: 'Fleet telemetry', description: null, versions: [] }),
  ];
}

/** A portal with a few products, one approved developer (`mira@nimbus.example`, `correct horse battery`) and no application. */
export function createWorld(portal: Partial<PortalView> = {}): World {
  return {
    portal: {
      id: nextId(),
      name: 'production',
      displayName: 'Northwind Freight APIs',
      description: 'Everything we use to move goods, for you to build on: weather, maps, customs.',
      isPublic: false,
      theme: {
        accent: null,
        welcome:
          'Read the documentation, ask for access, and make your first call on the day of the approval.',
      },
      mailPage: true,
      ...portal,
    },
    accounts: [
      {
        id: nextId(),
        email: 'mira@nimbus.example',
        name: 'Mira Holm',
        password: 'correct horse battery',
        state: 'approved',
      },
    ],
    offers: offers(),
    applications: [],
    strategies: [keyAuth, okta],
    links: new Map(),
    autoApprove: { developers: false, applications: false },
    now: noon,
  };
}
