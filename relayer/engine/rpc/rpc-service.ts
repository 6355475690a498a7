// The JSON-RPC of one node: in-process calls always, HTTP and WebSocket on 127.0.0.1 when the node has a port.

import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { EngineError } from '../errors.ts';
import type { Gossip } from '../gossip.ts';
import type { Replica } from '../replica/replica.ts';
import { jsonArguments } from './arguments.ts';
import { chainMethods } from './chain-methods.ts';
import { HttpServer } from './http-server.ts';
import { JsonRpcError } from './json-rpc.ts';
import { type Method, type MethodContext, runMethod } from './method.ts';
import { nodeMethods } from './node-methods.ts';
import { transactionMethods } from './transaction-methods.ts';

const METHODS: ReadonlyMap<string, Method> = new Map(Object.entries({ ...nodeMethods, ...chainMethods, ...transactionMethods }));

export interface RpcServiceOptions {
  readonly replica: Replica;
  readonly gossip: Gossip;
  readonly clock: Clock;
  readonly log: Log;
  /** 0: any free one; undefined: no sockets. */
  readonly port: number | undefined;
  readonly peers: () => readonly string[];
}

export class RpcService {
  readonly #options: RpcServiceOptions;
  readonly #context: MethodContext;
  #server: HttpServer | undefined;
  /** The port that was once given stays the node's. */
  #port: number | undefined;

  constructor(options: RpcServiceOptions) {
    this.#options = options;
    this.#port = options.port;
    const { replica, gossip, clock, peers } = options;
    this.#context = {
      replica,
      gossip,
      clock,
      peers,
      rpcAddress: () => (this.#port === undefined ? 'none' : `tcp://127.0.0.1:${this.#port}`),
    };
  }

  get url(): string | undefined {
    return this.#port === undefined || this.#port === 0 ? undefined : `http://127.0.0.1:${this.#port}`;
  }

  /** Begins to listen. Throws ENGINE_PORT_IN_USE. */
  async open(): Promise<void> {
    if (this.#port === undefined) return;
    const { clock, log } = this.#options;
    this.#server = await HttpServer.listen(this.#port, { context: this.#context, methods: METHODS, clock, log });
    this.#port = this.#server.port;
    log.info({ url: this.url }, 'JSON-RPC listening');
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  /** Throws JsonRpcError, or ENGINE_NODE_DOWN where a socket would refuse the connection. */
  async call(name: string, params: unknown): Promise<unknown> {
    if (!this.#options.replica.isRunning) throw new EngineError('ENGINE_NODE_DOWN', `node ${this.#options.replica.name} is down`);
    const method = METHODS.get(name);
    if (method === undefined) throw new JsonRpcError(-32601);
    return runMethod(this.#context, method, () => jsonArguments(method.parameters, params));
  }
}
