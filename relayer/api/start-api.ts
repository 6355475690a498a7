// The HTTP and WebSocket interface of one node, and the dashboard. Binds to loopback unless told otherwise.

import fastifyRateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import fastifyWebsocket from '@fastify/websocket';
import { type FastifyInstance, fastify } from 'fastify';
import type { CometClient } from '../comet/rpc-client.ts';
import type { Clock } from '../lib/clock.ts';
import { CodedError, describe } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { WitnessStatus } from '../witness/status.ts';
import { RecentOrders } from './recent-orders.ts';
import { addRoutes } from './routes.ts';
import { Stream } from './stream.ts';

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
}

export interface ApiContext {
  readonly log: Log;
  readonly clock: Clock;
}

export interface RunningApi {
  readonly url: string;
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 600_000;
const REQUEST_TIMEOUT_MS = 10_000;
const REQUESTS_A_SECOND = 500;
const RECONNECT_MS = 1_000;
/** Nothing from outside the page itself; styles of charts are set by script. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export async function startApi(options: ApiOptions, context: ApiContext): Promise<RunningApi> {
  const { client, witness, port, host = '127.0.0.1', dashboard } = options;
  const server = fastify({ bodyLimit: BODY_LIMIT_BYTES, requestTimeout: REQUEST_TIMEOUT_MS, forceCloseConnections: true });
  const orders = new RecentOrders();
  const stream = new Stream();
  const stop = new AbortController();
  await server.register(fastifyRateLimit, { max: REQUESTS_A_SECOND, timeWindow: 1_000 });
  await server.register(fastifyWebsocket, { options: { maxPayload: 1_024 } });
  if (dashboard !== undefined) await server.register(fastifyStatic, { root: dashboard, cacheControl: false });
  server.addHook('onSend', async (_, reply) => {
    reply
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'no-store');
  });
  server.get<{ Querystring: { channels?: string } }>('/stream', { websocket: true }, (socket, request) =>
    stream.add(socket, request.query.channels ?? ''),
  );
  addRoutes(server, { client, witness }, orders);
  await listen(server, host, port);
  const following = follow(client, orders, stream, context, stop.signal);
  return {
    url: server.listeningOrigin,
    async close() {
      stop.abort(new Error('the interface was closed'));
      stream.close();
      await server.close();
      await following;
    },
  };
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    await server.close();
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw new CodedError<StartApiErrorCode>(
      inUse ? 'API_PORT_IN_USE' : 'API_NOT_STARTED',
      inUse ? `port ${port} of ${host} is in use` : `the interface did not start on ${host}:${port}: ${describe(error)}`,
      { host, port },
    );
  }
}

/** Follows the node's blocks until stopped; a broken subscription is made again. */
async function follow(
  client: CometClient,
  orders: RecentOrders,
  stream: Stream,
  { clock, log }: ApiContext,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const block of client.newBlocks(signal)) stream.publish(block, orders.add(block));
    } catch (error) {
      if (!signal.aborted) log.debug({ error: describe(error) }, 'the subscription to blocks ended');
    }
    await clock.sleep(RECONNECT_MS, signal).catch(() => {});
  }
}
