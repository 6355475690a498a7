// What an RPC method is, and what all of them share: heights, pages.

import type { Clock } from '../../lib/clock.ts';
import { describe } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import type { Gossip } from '../gossip.ts';
import type { Replica } from '../replica/replica.ts';
import type { Argument, Signature } from './arguments.ts';
import { internal, JsonRpcError } from './json-rpc.ts';

export interface MethodContext {
  readonly replica: Replica;
  readonly gossip: Gossip;
  readonly clock: Clock;
  /** Where the node's RPC listens, as `tcp://…`. */
  readonly rpcAddress: () => string;
  /** Names of the other nodes that run. */
  readonly peers: () => readonly string[];
}

export interface Method {
  readonly parameters: Signature;
  run(context: MethodContext, args: readonly Argument[]): Promise<unknown>;
}

/** What serving the methods on a socket needs. */
export interface ServerOptions {
  readonly context: MethodContext;
  readonly methods: ReadonlyMap<string, Method>;
  readonly clock: Clock;
  readonly log: Log;
}

export type Methods = Readonly<Record<string, Method>>;

/** The height asked for, or the latest; refuses what the node does not have with CometBFT's words. */
export function heightOf(argument: Argument, latest: bigint, base: bigint): bigint {
  if (argument === undefined) return latest;
  const height = argument as bigint;
  if (height <= 0n) throw internal(`height must be greater than 0, but got ${height}`);
  if (height > latest) throw internal(`height ${height} must be less than or equal to the current blockchain height ${latest}`);
  if (height < base) throw internal(`height ${height} is not available, lowest height is ${base}`);
  return height;
}

/** Entries of a page, counted from 1. */
export function pageOf<T>(items: readonly T[], page: Argument, perPage: Argument): readonly T[] {
  const size = perPageOf(perPage);
  const pages = Math.max(1, Math.ceil(items.length / size));
  const number = page === undefined ? 1 : Number(page as bigint);
  if (number <= 0 || number > pages) throw internal(`page should be within [1, ${pages}] range, given ${number}`);
  return items.slice((number - 1) * size, number * size);
}

/** 30 unless told, at most 100. */
export function perPageOf(argument: Argument): number {
  const wanted = argument === undefined ? 30 : Number(argument as bigint);
  return wanted < 1 ? 30 : Math.min(wanted, 100);
}

/** Runs a method; whatever goes wrong becomes a JsonRpcError, except that the node is down. */
export async function runMethod(context: MethodContext, method: Method, args: () => readonly Argument[]): Promise<unknown> {
  try {
    return await method.run(context, args());
  } catch (error) {
    if (error instanceof JsonRpcError) throw error;
    // Whatever the words of a store that was closed meanwhile: a client finds nobody there.
    if (!context.replica.isRunning) return void context.replica.running;
    throw internal(describe(error));
  }
}
