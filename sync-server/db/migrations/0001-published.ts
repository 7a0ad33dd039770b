/** The published tables of the first shape: what crosses boundaries. They hold no verifier. */
export const published = `
create table portals (
  id uuid not null primary key,
  portal_id uuid not null,
  region text not null,
  name text not null,
  display_name text not null,
  description text not null,
  is_public boolean not null,
  auto_approve_developers boolean not null,
  auto_approve_applications boolean not null,
  default_strategy_id uuid,
  theme jsonb not null,
  revision integer not null,
  created_at timestamptz not null
);
create table products (
  id uuid not null primary key,
  portal_id uuid,
  region text not null,
  name text not null,
  slug text not null,
  description text not null,
  revision integer not null,
  created_at timestamptz not null
);
create table versions (
  id uuid not null primary key,
  portal_id uuid,
  product_id uuid not null,
  name text not null,
  lifecycle text not null,
  revision integer not null,
  created_at timestamptz not null
);
create table strategies (
  id uuid not null primary key,
  portal_id uuid,
  region text not null,
  name text not null,
  kind text not null,
  dynamic_registration boolean not null,
  config jsonb not null,
  revision integer not null,
  created_at timestamptz not null
);
create table publications (
  id uuid not null primary key,
  portal_id uuid not null,
  version_id uuid not null,
  strategy_id uuid,
  visibility text not null,
  registration_open boolean not null,
  auto_approve boolean not null,
  live boolean not null,
  revision integer not null,
  content_revision integer not null,
  decided_revision integer not null,
  decided_by text,
  decided_at timestamptz,
  decided_action text,
  reason text,
  created_at timestamptz not null
);
create table gateways (
  id uuid not null primary key,
  portal_id uuid,
  region text not null,
  name text not null,
  revision integer not null,
  created_at timestamptz not null
);
create table services (
  id uuid not null primary key,
  portal_id uuid,
  gateway_id uuid not null,
  name text not null,
  path text not null,
  upstream text,
  open boolean not null,
  max_staleness integer,
  revision integer not null,
  created_at timestamptz not null
);
create table links (
  id uuid not null primary key,
  portal_id uuid,
  version_id uuid not null,
  service_id uuid not null,
  revision integer not null,
  created_at timestamptz not null
);
create table admins (
  id uuid not null primary key,
  portal_id uuid,
  email text not null,
  name text not null,
  role text not null,
  revision integer not null,
  created_at timestamptz not null
);
create table developers (
  id uuid not null primary key,
  portal_id uuid not null,
  email text not null,
  name text not null,
  state text not null,
  revision integer not null,
  content_revision integer not null,
  decided_revision integer not null,
  decided_by text,
  decided_at timestamptz,
  decided_action text,
  reason text,
  verified_at timestamptz,
  created_at timestamptz not null
);
create table applications (
  id uuid not null primary key,
  portal_id uuid not null,
  developer_id uuid not null,
  strategy_id uuid,
  name text not null,
  description text not null,
  reference_id text not null,
  redirect_uri text,
  state text not null,
  revision integer not null,
  content_revision integer not null,
  decided_revision integer not null,
  decided_by text,
  decided_at timestamptz,
  decided_action text,
  reason text,
  created_at timestamptz not null
);
create table registrations (
  id uuid not null primary key,
  portal_id uuid not null,
  developer_id uuid not null,
  application_id uuid not null,
  publication_id uuid not null,
  version_id uuid not null,
  state text not null,
  revision integer not null,
  content_revision integer not null,
  decided_revision integer not null,
  decided_by text,
  decided_at timestamptz,
  decided_action text,
  reason text,
  created_at timestamptz not null
);
create table credentials (
  id uuid not null primary key,
  portal_id uuid not null,
  application_id uuid not null,
  name text not null,
  last4 text not null,
  state text not null,
  not_after timestamptz,
  revision integer not null,
  created_at timestamptz not null
);

create unique index portals_name on portals (name);
create unique index products_slug on products (region, slug);
create unique index versions_name on versions (product_id, name);
create unique index strategies_name on strategies (region, name);
create unique index publications_version on publications (portal_id, version_id);
create index publications_by_version on publications (version_id);
create unique index gateways_name on gateways (region, name);
create unique index services_name on services (gateway_id, name);
create unique index services_path on services (gateway_id, path);
create unique index links_pair on links (version_id, service_id);
create index links_by_service on links (service_id);
create unique index admins_email on admins (lower(email));
create unique index developers_email on developers (portal_id, lower(email));
create index developers_by_state on developers (state, created_at, id);
create unique index applications_reference on applications (portal_id, reference_id);
create index applications_by_developer on applications (developer_id, created_at, id);
create index applications_by_state on applications (state, created_at, id);
create unique index registrations_pair on registrations (application_id, version_id)
  where state not in ('withdrawn');
create index registrations_by_application on registrations (application_id, created_at, id);
create index registrations_by_developer on registrations (developer_id);
create index registrations_by_publication on registrations (publication_id);
create index registrations_by_version on registrations (version_id);
create index registrations_by_state on registrations (state, created_at, id);
create index credentials_by_application on credentials (application_id, created_at, id);
create index credentials_by_expiry on credentials (not_after) where not_after is not null;
`;
