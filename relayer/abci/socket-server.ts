// Serves an application to a consensus engine over the socket protocol of ABCI 2.0. An engine opens four connections (query,
// snapshot, mempool, consensus, in that order, without naming them); each is answered in the order of its requests, and they
// do not wait for each other. A call that the application rejects means "halt me": it is answered with an exception, on which
// the engine stops. A client that sends nonsense loses its connection, and nobody else's.
// Knows nothing of the application: with Application, any other can be served.

import { createServer, type Socket } from 'node:net';
import { describe } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Application } from './application.ts';
import { listenAt } from './socket-address.ts';
import { type ConnectionEnd, serveConnection } from './socket-connection.ts';

/** CometBFT's largest block, and room for what a request says beside its transactions. */
const MAX_FRAME_BYTES = 104_857_600 + 16_777_216;
/** An engine has four; the rest is for tools, and for the connections of an engine that was killed. */
const MAX_CONNECTIONS = 64;

export interface ServeOptions {
  /** `unix:///path/to.sock`, or `tcp://127.0.0.1:26658`; port 0 is any free one. */
  readonly address: string;
  /** Longest request that is read, in bytes. Default: what the largest block needs. */
  readonly maxFrameBytes?: number;
}

export interface AbciServer {
  /** Where it listens, with the port that was taken. */
  readonly address: string;
  /** Resolves with the reason when the application asks to be halted; never rejects. */
  readonly halted: Promise<Error>;
  /** Ends all connections; resolves when no call of the application runs any more. Idempotent. */
  close(): Promise<void>;
}

/** Listens. Throws ABCI_ADDRESS_INVALID, ABCI_ADDRESS_IN_USE or ABCI_ADDRESS_FORBIDDEN. */
export async function serveApplication(
  application: Application,
  { address, maxFrameBytes = MAX_FRAME_BYTES }: ServeOptions,
  { log }: { readonly log: Log },
): Promise<AbciServer> {
  let halt: (reason: Error) => void = () => {};
  const halted = new Promise<Error>((resolve) => {
    halt = resolve;
  });
  const connections = new Map<Socket, Promise<void>>();
  let opened = 0;
  // Half-open: a client that has sent its last request still gets the answers.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const logged = log.child({ connection: ++opened });
    logged.debug({}, 'ABCI connection was opened');
    socket.on('error', () => {});
    const served = serveConnection(socket, application, maxFrameBytes).then((end) => {
      report(end, logged);
      if (end.by === 'halt') halt(end.error);
    });
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    connections.set(
      socket,
      Promise.all([served, closed]).then(() => void connections.delete(socket)),
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('drop', () => log.warn({ most: MAX_CONNECTIONS }, 'ABCI connection was refused, there are too many'));
  const listening = await listenAt(server, address);
  log.info({ address: listening }, 'application was served');
  let closing: Promise<void> | undefined;
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of connections.keys()) socket.destroy();
    await Promise.all([closed, ...connections.values()]);
  };
  return {
    address: listening,
    halted,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function report(end: ConnectionEnd, log: Log): void {
  if (end.by === 'client') log.debug({ reason: end.reason }, 'ABCI connection was ended by the client');
  else if (end.by === 'refusal')
    log.warn({ code: end.error.code, reason: describe(end.error) }, 'ABCI connection was closed for a wrong request');
  else log.error({ reason: describe(end.error) }, 'application asked to be halted');
}
