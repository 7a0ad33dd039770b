/** Every request has an id: in its log lines, its answer's `x-request-id` and its problem. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';

/** What may be taken over: nothing that could forge a line of a log or grow without end. */
const wellFormed = /^[A-Za-z0-9._-]{8,64}$/;

/** Takes the id that a balancer gave, where the balancer is one of `trusted` (addresses or networks); else makes one. */
export function requestIds(trusted: readonly string[]): (request: IncomingMessage) => string {
  const places = listOf(trusted);
  return ({ headers, socket }) => {
    const given = headers['x-request-id'];
    const from = socket.remoteAddress ?? '';
    const taken = typeof given === 'string' && wellFormed.test(given) && contains(places, from);
    return taken ? given : randomUUID();
  };
}

function listOf(places: readonly string[]): BlockList {
  const list = new BlockList();
  for (const place of places) {
    const [address = '', bits] = place.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

function contains(list: BlockList, address: string): boolean {
  if (address === '') return false;
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
