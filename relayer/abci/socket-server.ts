// Serves an application to a consensus engine over the socket protocol of ABCI 2.0. An engine opens four connections (query,
// snapshot, mempool, consensus, in that order, without naming them); each is answered in the order of its requests, and they
// do not wait for each other. A call that the application rejects means "halt me": it is answered with an exception.
// Source: CometBFT spec/abci at v0.38.

import { unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { Request, Response } from 'cosmjs-types/tendermint/abci/types';
import type { Bytes } from '../lib/bytes.ts';
import { describe } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { Application } from './application.ts';
import { AbciError } from './errors.ts';
import { encodeFrame, FrameReader } from './frames.ts';
import { answer } from './socket-calls.ts';

/** CometBFT's largest block and room for what a request says beside it. */
const MAX_FRAME_BYTES = 104_857_600 + 1_048_576;

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
  /** Ends all connections. Idempotent. */
  close(): Promise<void>;
}

/** Listens. Throws ABCI_ADDRESS_INVALID or ABCI_ADDRESS_IN_USE. */
export async function serveApplication(
  application: Application,
  { address, maxFrameBytes = MAX_FRAME_BYTES }: ServeOptions,
  { log }: { readonly log: Log },
): Promise<AbciServer> {
  let halt: (reason: Error) => void = () => {};
  const halted = new Promise<Error>((resolve) => {
    halt = resolve;
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', (error) => log.debug({ reason: describe(error) }, 'ABCI connection failed'));
    serveConnection(socket, application, maxFrameBytes).catch((error: unknown) => {
      log.error({ reason: describe(error) }, 'ABCI connection was closed');
      if (!(error instanceof AbciError && REFUSED.has(error.code))) halt(error as Error);
    });
  });
  const listening = await listen(server, address);
  let closing: Promise<void> | undefined;
  return {
    address: listening,
    halted,
    close: () => {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      });
      return closing;
    },
  };
}

/** What is wrong with a client, not with the application. */
const REFUSED: ReadonlySet<string> = new Set(['ABCI_FRAME_INVALID', 'ABCI_REQUEST_UNKNOWN', 'ABCI_REQUEST_INVALID']);

/** Answers one request after the other until the client goes; reads no further chunk while answers wait to be written. */
async function serveConnection(socket: Socket, application: Application, maxFrameBytes: number): Promise<void> {
  const frames = new FrameReader(maxFrameBytes);
  try {
    for await (const chunk of socket as AsyncIterable<Bytes>) {
      socket.cork();
      for (const message of frames.push(chunk)) {
        const response = await answer(application, decode(message));
        socket.write(encodeFrame(Response.encode(response as Response).finish()));
      }
      socket.uncork();
      if (socket.writableNeedDrain) await drained(socket);
    }
  } catch (error) {
    if (socket.destroyed) return;
    socket.end(encodeFrame(Response.encode({ exception: { error: describe(error) } } as Response).finish()));
    throw error;
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });
}

function decode(message: Bytes): Request {
  try {
    return Request.decode(message);
  } catch (cause) {
    throw new AbciError('ABCI_REQUEST_INVALID', 'a frame does not hold a request', {}, { cause });
  }
}

async function listen(server: Server, address: string): Promise<string> {
  const unix = /^unix:\/\/(.+)$/.exec(address)?.[1];
  const tcp = /^tcp:\/\/([^:/]+):(\d{1,5})$/.exec(address);
  if (unix === undefined && tcp === null)
    throw new AbciError('ABCI_ADDRESS_INVALID', `${address} is neither unix:///path nor tcp://host:port`, { address });
  if (unix !== undefined) await unlink(unix).catch(() => {});
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new AbciError('ABCI_ADDRESS_IN_USE', `cannot listen on ${address}`, { address }, { cause })),
    );
    if (unix !== undefined) server.listen(unix, resolve);
    else server.listen(Number(tcp?.[2]), tcp?.[1], resolve);
  });
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? `tcp://${tcp?.[1]}:${bound.port}` : address;
}
