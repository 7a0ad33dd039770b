/**
 * Where webhooks may go. An owner chooses the address, but the server sends from inside its network: without a look at
 * where a name leads, a webhook could knock at the database, at the cloud's metadata or at a neighbour.
 */
import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';
import { GatehouseError } from '../../domain/errors.ts';

/**
 * Networks that are not the public internet (IANA's special-purpose registries), and those that only write IPv4 addresses
 * in another way (compatible, translated, NAT64, 6to4): nobody's webhook is there, but what they stand for may be private.
 */
const networks = [
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24',
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4',
  '::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 fc00::/7',
  'fe80::/10 fec0::/10 ff00::/8',
].flatMap((line) => line.split(' '));

const special = new BlockList();
for (const network of networks) {
  const [address = '', bits] = network.split('/');
  special.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Whether an address is not one of the public internet. An IPv4 address inside an IPv6 one counts as itself. */
export function isPrivate(address: string): boolean {
  return special.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

const loopbackName = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** The address as it is stored. Throws `webhook_address_refused`; names are looked up when something is sent. */
export function checkedAddress(text: string, privateAllowed: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url?.protocol === 'http:' && loopbackName.test(url.hostname);
  if (!url || (url.protocol !== 'https:' && !plain) || url.username !== '' || url.password !== '') {
    throw new GatehouseError('webhook_address_refused');
  }
  url.hash = '';
  const isLocal = loopbackName.test(url.hostname) || isPrivateLiteral(url);
  if (isLocal && !privateAllowed) throw new GatehouseError('webhook_address_refused');
  return url.href;
}

/** Whether the host is written as an address, and a private one: those are connected to without a look-up. */
export function isPrivateLiteral({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && isPrivate(host);
}

/** Looks a name up for a connection and refuses it where it leads anywhere private: what is checked is what is used. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '');
    const [first] = addresses;
    if (!first || addresses.some(({ address }) => isPrivate(address))) {
      return callback(new GatehouseError('webhook_address_refused'), '');
    }
    return options.all ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};
