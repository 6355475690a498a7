// Who counts as one client: an IPv4 address, or the IPv6 network of 64 bits that an address belongs to, for whoever has one of
// its addresses has all of them. The limit of requests (@fastify/rate-limit) counts in the same way.

import { isIPv6 } from 'node:net';

const GROUPS = 8;
const NETWORK_GROUPS = 4;

/** A name for the client behind an address. */
export function clientNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = [], tail = []] = address.split('::').map(groupsOf);
  const zeros = Array.from({ length: GROUPS - head.length - tail.length }, () => 0);
  const network = [...head, ...zeros, ...tail].slice(0, NETWORK_GROUPS);
  return network.map((group) => group.toString(16)).join(':');
}

/** An IPv4 address at the end stands for two groups; neither it nor a zone is ever in the network's half. */
function groupsOf(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => (group.includes('.') ? [0, 0] : [Number.parseInt(group, 16)]));
}
