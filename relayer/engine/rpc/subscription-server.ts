// WebSocket at `/websocket`: the same methods, and subscriptions whose events come under the id of the subscribe call.
// A reader that does not keep up is dropped: at most `MAX_WAITING_BYTES` wait for it.
// Source: CometBFT rpc/jsonrpc/server/ws_handler.go, rpc/core/events.go at v0.38.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Attributes, ChainEvent } from '../replica/chain-events.ts';
import { type Condition, matches, parseQuery, QuerySyntaxError } from '../replica/event-query.ts';
import { jsonArguments, type Signature } from './arguments.ts';
import { subscriptionJson } from './event-json.ts';
import {
  failure,
  type Id,
  internal,
  JsonRpcError,
  type JsonRpcRequest,
  type JsonRpcResponse,
  MAX_BODY_BYTES,
  parseJson,
  readRequest,
  success,
} from './json-rpc.ts';
import { runMethod, type ServerOptions } from './method.ts';

const MAX_CLIENTS = 100;
const MAX_SUBSCRIPTIONS = 5;
const MAX_QUERY_LENGTH = 512;
export const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** A reader of whom nothing is heard from one ping to the next is gone. */
const PING_INTERVAL_MS = 27_000;

const QUERY: Signature = [['query', 'text']];
/** WebSocket close code of RFC 6455 for "policy". */
const POLICY = 1008;

interface Subscription {
  readonly id: Id;
  readonly query: string;
  readonly conditions: readonly Condition[];
}

export class SubscriptionServer {
  readonly #options: ServerOptions;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES, perMessageDeflate: false });
  readonly #clients = new Set<Client>();
  readonly #closing = new AbortController();

  constructor(options: ServerOptions) {
    this.#options = options;
    options.context.replica.listeners.add((event, attributes) => {
      for (const client of [...this.#clients]) client.publish(event, attributes);
    });
    void this.#pingForever();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = pathOf(request);
    if (path !== '/websocket' || this.#clients.size >= MAX_CLIENTS) {
      const status = path === '/websocket' ? '503 Service Unavailable' : '404 Not Found';
      // The HTTP server has let go of the socket: nobody else hears of its errors, or closes it when the client does not.
      socket.on('error', () => socket.destroy());
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`, () => socket.destroy());
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const client = new Client(webSocket, this.#options);
      this.#clients.add(client);
      webSocket.on('close', () => this.#clients.delete(client));
    });
  }

  close(): void {
    this.#closing.abort();
    for (const client of this.#clients) client.terminate();
  }

  async #pingForever(): Promise<void> {
    const { signal } = this.#closing;
    try {
      for (;;) {
        await this.#options.clock.sleep(PING_INTERVAL_MS, signal);
        for (const client of this.#clients) client.ping();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

class Client {
  readonly #socket: WebSocket;
  readonly #options: ServerOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  #isHeard = true;
  /** Requests are answered one after the other, in order. */
  #busy: Promise<void> = Promise.resolve();
  #unanswered = 0;

  constructor(socket: WebSocket, options: ServerOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('pong', () => {
      this.#isHeard = true;
    });
    socket.on('error', (error) => options.log.debug({ error: error.message }, 'WebSocket broken off'));
    socket.on('message', (data: RawData) => {
      // What a client sends ahead of its answers waits on its side: no more is read before all that was read is answered.
      // Its answer to a ping may wait there as well, behind requests.
      this.#isHeard = true;
      this.#unanswered += 1;
      socket.pause();
      this.#busy = this.#busy
        .then(() => this.#receive(data))
        .catch(() => this.terminate())
        .finally(() => {
          this.#unanswered -= 1;
          if (this.#unanswered === 0) socket.resume();
        });
    });
  }

  ping(): void {
    if (this.#isHeard) this.#socket.ping();
    else this.terminate();
    this.#isHeard = false;
  }

  terminate(): void {
    this.#socket.terminate();
  }

  publish(event: ChainEvent, attributes: Attributes): void {
    for (const { id, query, conditions } of this.#subscriptions.values())
      if (matches(conditions, attributes)) this.#send(success(id, subscriptionJson(query, event, attributes)));
  }

  async #receive(data: RawData): Promise<void> {
    let request: JsonRpcRequest | undefined;
    try {
      request = readRequest(parseJson(Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data)));
    } catch (error) {
      if (!(error instanceof JsonRpcError)) throw error;
      return this.#send(failure(undefined, error));
    }
    if (request === undefined) return;
    try {
      this.#send(success(request.id, await this.#answer(request)));
    } catch (error) {
      if (!(error instanceof JsonRpcError)) throw error;
      this.#send(failure(request.id, error));
    }
  }

  async #answer({ id, method: name, params }: JsonRpcRequest): Promise<unknown> {
    if (name === 'subscribe') return this.#subscribe(id, jsonArguments(QUERY, params)[0] as string);
    if (name === 'unsubscribe') return this.#unsubscribe(jsonArguments(QUERY, params)[0] as string);
    if (name === 'unsubscribe_all') return this.#unsubscribe(undefined);
    const method = this.#options.methods.get(name);
    if (method === undefined) throw new JsonRpcError(-32601);
    return runMethod(this.#options.context, method, () => jsonArguments(method.parameters, params));
  }

  #subscribe(id: Id, query: string): unknown {
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS)
      throw internal(`max_subscriptions_per_client ${MAX_SUBSCRIPTIONS} reached`);
    if (query.length > MAX_QUERY_LENGTH) throw internal('maximum query length exceeded');
    const conditions = conditionsOf(query);
    const key = JSON.stringify(conditions);
    if (this.#subscriptions.has(key)) throw internal('already subscribed');
    this.#subscriptions.set(key, { id, query, conditions });
    return {};
  }

  #unsubscribe(query: string | undefined): unknown {
    const known =
      query === undefined ? this.#subscriptions.size > 0 : this.#subscriptions.delete(JSON.stringify(conditionsOf(query)));
    if (query === undefined) this.#subscriptions.clear();
    if (!known) throw internal('subscription not found');
    return {};
  }

  #send(response: JsonRpcResponse): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > MAX_WAITING_BYTES) {
      this.#options.log.warn({ waiting_bytes: this.#socket.bufferedAmount }, 'slow subscriber dropped');
      this.#subscriptions.clear();
      this.#socket.close(POLICY, 'slow client');
      this.#socket.terminate();
      return;
    }
    this.#socket.send(JSON.stringify(response));
  }
}

/** Empty where the request names none: clients may ask for anything. */
function pathOf({ url = '' }: IncomingMessage): string {
  return URL.canParse(url, 'http://127.0.0.1') ? new URL(url, 'http://127.0.0.1').pathname : '';
}

function conditionsOf(query: string): readonly Condition[] {
  try {
    return parseQuery(query);
  } catch (error) {
    throw error instanceof QuerySyntaxError ? internal(`failed to parse query: ${error.message}`) : error;
  }
}
