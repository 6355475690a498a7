// The HTTP and WebSocket interface of one node, and the dashboard. Binds to loopback unless told otherwise.

import type { FastifyInstance } from 'fastify';
import type { CometClient } from '../comet/rpc-client.ts';
import type { Clock } from '../lib/clock.ts';
import { CodedError, describe } from '../lib/errors.ts';
import { Lifecycle } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import type { WitnessStatus } from '../witness/status.ts';
import { Admission } from './admission.ts';
import { type BlockFeed, openBlockFeed } from './block-feed.ts';
import type { DevnetPort } from './devnet-port.ts';
import { createHttpServer } from './http-server.ts';
import { API_LIMITS, type ApiLimits } from './limits.ts';
import { openMetrics } from './metrics/open-metrics.ts';
import { openNodeView, readAlarms } from './node-view.ts';
import { fillPastPosts } from './past-posts.ts';
import { PostIndex } from './post-index.ts';
import { addRoutes } from './routes.ts';
import { STREAM_OPTIONS, Stream } from './stream.ts';

/** `API_PORT_IN_USE`: another program listens there. `API_NOT_STARTED`: the interface did not come up. */
export type StartApiErrorCode = 'API_PORT_IN_USE' | 'API_NOT_STARTED';

export interface ApiOptions {
  readonly client: CometClient;
  /** Undefined while there is no witness. */
  readonly witness: () => WitnessStatus | undefined;
  /** 0: any free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Folder with the built dashboard, served at `/`. */
  readonly dashboard?: string;
  readonly limits?: Partial<ApiLimits>;
  /** Lets pages of this machine act for the stakers of a devnet. */
  readonly devnet?: DevnetPort;
}

export interface ApiContext {
  readonly log: Log;
  readonly clock: Clock;
}

export interface RunningApi {
  readonly url: string;
  close(): Promise<void>;
}

const RETRY_MS = 1_000;

/** Throws StartApiErrorCode. */
export async function startApi(options: ApiOptions, context: ApiContext): Promise<RunningApi> {
  const lifecycle = new Lifecycle();
  try {
    return await build(options, context, lifecycle);
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

async function build(options: ApiOptions, context: ApiContext, lifecycle: Lifecycle): Promise<RunningApi> {
  const { client, port, host = '127.0.0.1' } = options;
  const { clock, log } = context;
  const view = openNodeView(client, options.witness);
  const feed = openBlockFeed(client, context);
  lifecycle.onClose('the feed of blocks', () => feed.close());
  const posts = new PostIndex();
  feed.listen((record) => posts.append(record));
  const stop = new AbortController();
  const filling = fillWhenPossible(feed, posts, context, stop.signal);
  lifecycle.onClose('the past orders', () => {
    stop.abort(new Error('the interface was closed'));
    return filling;
  });
  const limits = { ...API_LIMITS, ...options.limits };
  const { streamReaders: mostReaders, streamStallMs: stallMs } = limits;
  const stream = new Stream(feed, clock, () => readAlarms(view), { ...STREAM_OPTIONS, mostReaders, stallMs });
  const server = await createHttpServer(limits, options.dashboard);
  lifecycle.onClose('the server', () => server.close());
  lifecycle.onClose('the stream', () => stream.close());
  const admission = new Admission(client, limits.ordersUnderway);
  const parts = { view, feed, posts, stream, admission, metrics: openMetrics(view, feed), devnet: options.devnet };
  addRoutes(server, parts, { log, answerTimeoutMs: limits.answerTimeoutMs });
  await listen(server, host, port);
  return { url: server.listeningOrigin, close: () => lifecycle.close() };
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw new CodedError<StartApiErrorCode>(
      inUse ? 'API_PORT_IN_USE' : 'API_NOT_STARTED',
      inUse ? `port ${port} of ${host} is in use` : `the interface did not start on ${host}:${port}: ${describe(error)}`,
      { host, port },
    );
  }
}

/** Reads the orders of the last rounds once there is a block; tries again while the node cannot be read. */
async function fillWhenPossible(
  feed: BlockFeed,
  posts: PostIndex,
  { clock, log }: ApiContext,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      if (posts.since !== undefined) return await fillPastPosts(feed, posts, signal);
    } catch (error) {
      log.debug({ error: describe(error) }, 'past orders could not be read');
    }
    await clock.sleep(RETRY_MS, signal).catch(() => {});
  }
}
