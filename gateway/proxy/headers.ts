/** Headers across the proxy: what belongs to one connection, and the key itself, never travels on. */

/** Names the calling application to the upstream; a caller's own is dropped. */
export const applicationHeader = 'gatehouse-application';
export const keyHeader = 'apikey';

/** RFC 9110, 7.6.1; `expect` is answered by this server itself. */
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Replaced or withheld towards the upstream. */
const ours = new Set([keyHeader, applicationHeader, 'host', 'x-forwarded-host', 'x-forwarded-proto']);

export type Pair = readonly [name: string, value: string];

/** Node's `rawHeaders` as pairs: repeated headers stay apart. */
export function headerPairs(raw: readonly string[]): Pair[] {
  const pairs: Pair[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    pairs.push([raw[index] ?? '', raw[index + 1] ?? '']);
  }
  return pairs;
}

/** Every value of one header. */
export function valuesOf(pairs: readonly Pair[], name: string): string[] {
  return pairs.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

/** Without what is hop-by-hop by name or because `connection` lists it. */
export function endToEnd(pairs: readonly Pair[]): Pair[] {
  const listed = valuesOf(pairs, 'connection').flatMap((value) => value.toLowerCase().split(','));
  const dropped = new Set([...hopByHop, ...listed.map((name) => name.trim())]);
  return pairs.filter(([name]) => !dropped.has(name.toLowerCase()));
}

/** What the upstream gets, as undici takes it: names and values in turn. */
export function upstreamHeaders(
  pairs: readonly Pair[],
  add: { readonly application: string | null; readonly client: string },
): string[] {
  const kept = endToEnd(pairs).filter(([name]) => !ours.has(name.toLowerCase()));
  const forwardedFor = kept.filter(([name]) => name.toLowerCase() === 'x-forwarded-for');
  const rest = kept.filter(([name]) => name.toLowerCase() !== 'x-forwarded-for');
  const host = valuesOf(pairs, 'host')[0] ?? '';
  const added: Pair[] = [
    ['x-forwarded-for', [...forwardedFor.map(([, value]) => value), add.client].join(', ')],
    ['x-forwarded-host', host],
    ['x-forwarded-proto', 'http'],
  ];
  if (add.application !== null) added.push([applicationHeader, add.application]);
  return [...rest, ...added].flat();
}
