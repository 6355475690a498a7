// How many connections may be open, in all and from one address: whoever opens ten thousand of them takes nothing from others.

import type { Server } from 'node:http';

export interface ConnectionLimits {
  readonly connections: number;
  readonly connectionsAnAddress: number;
}

/** Ends connections beyond the limits as soon as they are made. */
export function limitConnections(server: Server, { connections, connectionsAnAddress }: ConnectionLimits): void {
  const open = new Map<string, number>();
  server.maxConnections = connections;
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    socket.once('close', () => {
      const rest = (open.get(address) ?? 1) - 1;
      if (rest === 0) open.delete(address);
      else open.set(address, rest);
    });
    if (count > connectionsAnAddress) socket.destroy();
  });
}
