// Where an application listens. A unix socket is a file that outlives its process: one that nobody answers at is replaced, one
// that somebody answers at is left alone. The protocol knows no passwords, so that the file is for its owner only.

import { access, chmod, lstat, unlink } from 'node:fs/promises';
import { connect, isIP, type Server } from 'node:net';
import { dirname } from 'node:path';
import { type AbciCode, AbciError } from './errors.ts';

export type SocketAddress = { readonly path: string } | { readonly host: string; readonly port: number };

const TCP = /^tcp:\/\/(?:\[([\da-f:.]+)\]|([^:/[\]]+)):(\d{1,5})$/i;
const LARGEST_PORT = 65_535;

/** `unix:///path/to.sock`, `tcp://host:port` or `tcp://[::1]:port`. Throws ABCI_ADDRESS_INVALID. */
export function parseSocketAddress(address: string): SocketAddress {
  if (address.startsWith('unix://') && address.length > 'unix://'.length) return { path: address.slice('unix://'.length) };
  const [, ipv6, name, port] = TCP.exec(address) ?? [];
  const host = ipv6 ?? name;
  if (host === undefined || Number(port) > LARGEST_PORT || (ipv6 !== undefined && isIP(ipv6) !== 6))
    throw new AbciError('ABCI_ADDRESS_INVALID', `${address} is neither unix:///path nor tcp://host:port`, { address });
  return { host, port: Number(port) };
}

/** Listens and gives the address with the port that was taken. Throws ABCI_ADDRESS_INVALID, _IN_USE or _FORBIDDEN. */
export async function listenAt(server: Server, address: string): Promise<string> {
  const where = parseSocketAddress(address);
  try {
    if ('path' in where) {
      await listenAtPath(server, where.path);
      return address;
    }
    await listen(server, where);
    const bound = server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : where.port;
    return `tcp://${where.host.includes(':') ? `[${where.host}]` : where.host}:${port}`;
  } catch (error) {
    throw codedError(error as NodeJS.ErrnoException, address);
  }
}

async function listenAtPath(server: Server, path: string): Promise<void> {
  // libuv reports a folder that does not exist as one that is forbidden.
  await access(dirname(path));
  try {
    await listen(server, { path });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !(await isStale(path))) throw error;
    await unlink(path);
    await listen(server, { path });
  }
  await chmod(path, 0o600);
}

function listen(server: Server, where: SocketAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** True for the socket of a process that has gone; false for any other kind of file. */
async function isStale(path: string): Promise<boolean> {
  if (!(await lstat(path)).isSocket()) return false;
  return new Promise((resolve) => {
    const probe = connect({ path }, () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
  });
}

const CODES: Readonly<Record<string, readonly [AbciCode, string]>> = {
  EADDRINUSE: ['ABCI_ADDRESS_IN_USE', 'another process listens there, or the path is a file that is not a socket'],
  EACCES: ['ABCI_ADDRESS_FORBIDDEN', 'this user may not listen there'],
  EPERM: ['ABCI_ADDRESS_FORBIDDEN', 'this user may not listen there'],
  EROFS: ['ABCI_ADDRESS_FORBIDDEN', 'the file system is read-only'],
};

function codedError(cause: NodeJS.ErrnoException, address: string): Error {
  const [code, why] = CODES[cause.code ?? ''] ?? ['ABCI_ADDRESS_INVALID', 'it does not exist here, or is too long for a socket'];
  return new AbciError(code, `cannot listen at ${address}: ${why}`, { address }, { cause });
}
