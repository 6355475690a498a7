// The connections between the nodes of a network, each through a small TCP proxy of its own: what is cut is really cut, on
// every system and without rights that network namespaces would need.

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface PeerLinks {
  /** `127.0.0.1:port` under which node `from` reaches node `to`. */
  address(from: number, to: number): string;
  /** Ends all connections between nodes of different groups and lets none be made; nodes that are in no group are alone. */
  partition(...groups: readonly (readonly number[])[]): void;
  heal(): void;
  close(): Promise<void>;
}

interface Link {
  readonly from: number;
  readonly to: number;
  readonly server: Server;
  readonly sockets: Set<Socket>;
  open: boolean;
}

/** Links from every node to every other; node i listens on `ports[i]` of 127.0.0.1. */
export async function openPeerLinks(ports: readonly number[]): Promise<PeerLinks> {
  const links: Link[] = [];
  const close = async () => {
    await Promise.all(links.map(closeLink));
  };
  const between = (a: number, b: number) =>
    links
      .filter(({ from, to }) => (from === a && to === b) || (from === b && to === a))
      .reduce((sum, { sockets }) => sum + sockets.size / 2, 0);
  try {
    for (const from of ports.keys()) {
      for (const [to, port] of ports.entries()) {
        if (from !== to) links.push(await openLink(from, to, port, () => between(from, to) === 0));
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    address(from, to) {
      const link = links.find((other) => other.from === from && other.to === to);
      if (link === undefined) throw new RangeError(`no link from ${from} to ${to}`);
      return `127.0.0.1:${(link.server.address() as AddressInfo).port}`;
    },
    partition(...groups) {
      for (const link of links) {
        link.open = groups.some((group) => group.includes(link.from) && group.includes(link.to));
        if (!link.open) for (const socket of link.sockets) socket.destroy();
      }
    },
    heal() {
      for (const link of links) link.open = true;
    },
    close,
  };
}

/**
 * Two nodes that dial each other at the same moment would each close the connection of the other as a duplicate, and not try
 * again: so whoever comes second is turned away here, which makes it try later.
 */
async function openLink(from: number, to: number, port: number, isFirst: () => boolean): Promise<Link> {
  const sockets = new Set<Socket>();
  const server = createServer((incoming) => {
    if (!link.open || !isFirst()) return void incoming.destroy();
    const outgoing = connect(port, '127.0.0.1');
    for (const [socket, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  const link: Link = { from, to, server, sockets, open: true };
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return link;
}

async function closeLink({ server, sockets }: Link): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of sockets) socket.destroy();
  await closed;
}
