// How many connections may be open, in all and from one address: whoever opens ten thousand of them takes nothing from others.
// A trusted proxy brings the connections of many, so only the limit for all holds for it.

import type { Server } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import { clientNetwork } from './client-network.ts';
import type { ApiLimits } from './limits.ts';

type Limits = Pick<ApiLimits, 'connections' | 'connectionsPerAddress' | 'trustedProxies'>;

/** Ends connections beyond the limits as soon as they are made. */
export function limitConnections(server: Server, { connections, connectionsPerAddress, trustedProxies }: Limits): void {
  const proxies = listOf(trustedProxies);
  const open = new Map<string, number>();
  server.maxConnections = connections;
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const client = clientNetwork(address);
    const count = (open.get(client) ?? 0) + 1;
    open.set(client, count);
    socket.once('close', () => {
      const rest = (open.get(client) ?? 1) - 1;
      if (rest === 0) open.delete(client);
      else open.set(client, rest);
    });
    if (count > connectionsPerAddress && !proxies.check(address, familyOf(address))) socket.destroy();
  });
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
