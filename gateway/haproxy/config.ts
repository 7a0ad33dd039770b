/**
 * HAProxy's configuration: the same decisions in the same order as the built-in proxy takes them, without a line of code
 * in HAProxy. Written for 2.6; needs no module. Numbers are read by `map_str` too: a map that any rule reads as integers
 * takes nothing else from the runtime socket.
 */
import { resolve } from 'node:path';
import { errors } from '../../domain/error-codes.ts';
import type { ErrorCode } from '../../domain/error-codes.ts';
import { failure } from '../../domain/errors.ts';
import { keyPattern } from '../../domain/keys.ts';
import { dotSegment } from '../state/paths.ts';
import { mapPaths, sentinel, tombstone } from './files.ts';
import { deepestPrefix } from './values.ts';

export interface HaproxyConfigOptions {
  /** Where HAProxy listens for calls. */
  readonly host: string;
  readonly port: number;
  /** Its runtime socket, for the agent alone. */
  readonly socket: string;
  readonly mapsDir: string;
}

/** A whole haproxy.cfg; operators with one of their own take the frontend's rules and the two backends. */
export function haproxyConfig({ host, port, socket, mapsDir }: HaproxyConfigOptions): string {
  return `# Written by \`gatehouse gateway --target haproxy --write-config\`. The agent fills the maps and keeps them current.
global
    stats socket ${resolve(socket)} mode 600 level admin
    stats timeout 10s
    log stderr format raw local0 notice

defaults
    mode http
    retries 1
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout http-request 10s

frontend gatehouse
    bind ${host}:${port}
${indent(rules(mapsDir))}

${backend('http', '')}
${backend('https', ' ssl verify required ca-file @system-ca sni var(txn.gh_host)')}`;
}

function rules(mapsDir: string): string[] {
  const maps = mapPaths(mapsDir);
  return [
    'http-request set-var(txn.gh_now) date',
    'http-request del-header gatehouse-application',
    '',
    '# a path that an upstream may take for another one',
    `${refuse('path_ambiguous')} if { path -i -m reg '${haproxyRegex(dotSegment)}' }`,
    '',
    '# verified state, and never an overlay on an older bulk than it was made for',
    ...generationRules(maps.credentials, maps.credentialsOverlay),
    ...generationRules(maps.connections, maps.connectionsOverlay),
    `${refuse('gateway_not_ready')} unless { str(${sentinel.ready}),map_str(${maps.meta}) -m str 1 }`,
    '',
    '# the service, by the longest prefix of whole segments',
    `http-request set-var(txn.gh_route) path,concat(/),map_beg(${maps.services})`,
    `${refuse('service_unknown')} unless { var(txn.gh_route) -m found }`,
    ...routeFields.map(
      (field, index) => `http-request set-var(txn.gh_${field}) var(txn.gh_route),field(${index + 1},|)`,
    ),
    '',
    '# fresh enough, by its own limit or the common one',
    `http-request set-var(txn.gh_verified) str(${sentinel.verifiedAt}),map_str(${maps.meta},0),add(0)`,
    'acl gh_own_limit var(txn.gh_staleness) -m int gt 0',
    'acl gh_own_fresh var(txn.gh_staleness),add(txn.gh_verified),sub(txn.gh_now) -m int gt 0',
    `acl gh_fresh str(${sentinel.freshUntil}),map_str(${maps.meta},0),sub(txn.gh_now) -m int gt 0`,
    `${refuse('gateway_stale')} if gh_own_limit !gh_own_fresh`,
    `${refuse('gateway_stale')} if !gh_own_limit !gh_fresh`,
    '',
    '# the key: one header, well-formed, known and not expired',
    'acl gh_open var(txn.gh_mode) -m str open',
    `${refuse('key_missing')} if !gh_open { req.fhdr_cnt(apikey) eq 0 }`,
    `${refuse('key_repeated')} if !gh_open { req.fhdr_cnt(apikey) gt 1 }`,
    `${refuse('key_malformed')} if !gh_open !{ req.fhdr(apikey) -m reg '${keyPattern.source}' }`,
    `http-request set-var(txn.gh_hash) req.fhdr(apikey),sha2(256),hex,lower if !gh_open`,
    ...overlaid('gh_key', 'var(txn.gh_hash)', maps.credentials, maps.credentialsOverlay),
    `${refuse('key_unknown')} if !gh_open !{ var(txn.gh_key) -m found }`,
    `${refuse('key_unknown')} if !gh_open { var(txn.gh_key) -m str -- ${tombstone} }`,
    'http-request set-var(txn.gh_application) var(txn.gh_key),field(1,:) if !gh_open',
    'http-request set-var(txn.gh_expires) var(txn.gh_key),field(2,:) if !gh_open',
    'acl gh_expires var(txn.gh_expires) -m int gt 0',
    'acl gh_live var(txn.gh_expires),sub(txn.gh_now) -m int gt 0',
    `${refuse('key_expired')} if !gh_open gh_expires !gh_live`,
    '',
    '# the connection of its application to the service',
    ...overlaid(
      'gh_connection',
      'var(txn.gh_application),concat(:,txn.gh_service)',
      maps.connections,
      maps.connectionsOverlay,
    ),
    `${refuse('not_connected')} if !gh_open !{ var(txn.gh_connection) -m str 1 }`,
    '',
    '# on to the upstream, without the prefix and the key',
    `${refuse('upstream_unreachable')} if { var(txn.gh_scheme) -m str none }`,
    'http-request del-header apikey',
    'http-request set-header gatehouse-application %[var(txn.gh_application)] if !gh_open',
    'http-request set-header x-forwarded-host %[req.hdr(host)]',
    'http-request set-header x-forwarded-proto http',
    'http-request set-header host %[var(txn.gh_host)]',
    'option forwardfor',
    ...Array.from({ length: deepestPrefix + 1 }, (_, depth) => stripRule(depth)),
    'use_backend gatehouse-https if { var(txn.gh_scheme) -m str https }',
    'default_backend gatehouse-http',
    'http-response del-header keep-alive',
  ];
}

/** In the order of `routeEntry`'s value. */
const routeFields = ['service', 'mode', 'staleness', 'depth', 'scheme', 'address', 'port', 'host', 'base'];

function generationRules(bulk: string, overlay: string): string[] {
  const generation = `str(${sentinel.generation})`;
  return [
    `http-request set-var(txn.gh_generation) ${generation},map_str(${overlay},0),add(0)`,
    `${refuse('gateway_not_ready')} unless { ${generation},map_str(${bulk},-1),sub(txn.gh_generation) -m int ge 0 }`,
  ];
}

/** Looks `key` up among the changes first, then in the bulk. */
function overlaid(variable: string, key: string, bulk: string, overlay: string): string[] {
  return [
    `http-request set-var(txn.${variable}) ${key},map_str(${overlay}) if !gh_open`,
    `http-request set-var(txn.${variable}) ${key},map_str(${bulk}) if !gh_open !{ var(txn.${variable}) -m found }`,
  ];
}

/** Field 1 of a path is empty and the prefix has `depth` more; once the path is changed, the depth is forgotten. */
function stripRule(depth: number): string {
  const rest = `%[var(txn.gh_base)]/%[path,field(${depth + 2},/,0)]`;
  return `http-request set-path ${rest} if { var(txn.gh_depth) -m int ${depth} }`;
}

function backend(scheme: 'http' | 'https', tls: string): string {
  return `backend gatehouse-${scheme}
    http-request set-dst var(txn.gh_address)
    http-request set-dst-port var(txn.gh_port)
    # HAProxy's own 503 becomes 502; an upstream's 503 stays what it is
    http-error status 503 content-type application/json hdr gatehouse-unreachable 1 string ${body('upstream_unreachable')}
    http-after-response set-status 502 if { res.hdr(gatehouse-unreachable) -m found }
    http-after-response del-header gatehouse-unreachable
    server upstream 0.0.0.0:0${tls}
`;
}

/** An answer in the same words as every other failure. */
function refuse(code: ErrorCode): string {
  const { status } = errors[code];
  const challenge = status === 401 ? ' hdr www-authenticate Key' : '';
  return (
    `http-request return status ${status} content-type application/json hdr cache-control no-store${challenge}` +
    ` string ${body(code)}`
  );
}

/** Single quotes keep all of HAProxy's special characters literal. */
function body(code: ErrorCode): string {
  return `'${JSON.stringify(failure(code)).replaceAll("'", '’')}'`;
}

/** JavaScript escapes the slash; PCRE needs no such thing. */
function haproxyRegex({ source }: RegExp): string {
  return source.replaceAll('\\/', '/');
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '' : `    ${line}`)).join('\n');
}
