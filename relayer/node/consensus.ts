// How a node gets into consensus: it hands over its application and learns where its JSON-RPC is. One engine may drive the
// applications of many nodes (the embedded one), or each node has its own.

import type { Application } from '../abci/application.ts';
import { type Engine, startEngine } from '../engine/engine.ts';
import type { EngineContext, EngineOptions, NodeOptions } from '../engine/engine-options.ts';
import { NodeError } from './errors.ts';

export interface Consensus {
  /** Hands the application to the engine; resolves when it has caught up and the node answers JSON-RPC. */
  join(application: Application): Promise<Seat>;
}

/** A node's place in consensus. */
export interface Seat {
  /** `http://127.0.0.1:<port>` */
  readonly rpcUrl: string;
  /** Takes the application out; the engine makes no further call to it. */
  leave(): Promise<void>;
}

export interface EmbeddedConsensus {
  /** By the names of the nodes in the options. */
  readonly seats: ReadonlyMap<string, Consensus>;
  /** Undefined until all nodes have joined. */
  readonly engine: Engine | undefined;
  /** Stops the engine. Nodes that still wait for others are refused. Idempotent. */
  close(): Promise<void>;
}

/**
 * An embedded engine for nodes that start on their own: it begins when the last of them has joined, so that all catch up
 * before the first block. A node that left may join again.
 */
export function embeddedConsensus(
  options: Omit<EngineOptions, 'nodes'> & { readonly nodes: readonly Omit<NodeOptions, 'application'>[] },
  context: EngineContext,
): EmbeddedConsensus {
  return new Gathering(options, context);
}

class Gathering implements EmbeddedConsensus {
  readonly seats: ReadonlyMap<string, Consensus>;
  readonly #options: EngineOptions;
  readonly #context: EngineContext;
  readonly #waiting = new Map<string, Application>();
  readonly #started: Promise<Engine>;
  #resolve: (engine: Engine) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #engine: Engine | undefined;
  #starting = false;
  #closing: Promise<void> | undefined;

  constructor(options: EngineOptions, context: EngineContext) {
    this.#options = options;
    this.#context = context;
    this.seats = new Map(options.nodes.map(({ name }) => [name, { join: (application) => this.#join(name, application) }]));
    this.#started = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever joins waits for this promise; when nobody does, its rejection is nobody's concern.
    this.#started.catch(() => {});
  }

  get engine(): Engine | undefined {
    return this.#engine;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (!this.#starting) this.#reject(new NodeError('CONSENSUS_CLOSED', 'the engine was closed before every node had joined'));
    await this.#started.then(
      (engine) => engine.close(),
      () => {},
    );
  }

  async #join(name: string, application: Application): Promise<Seat> {
    if (this.#closing !== undefined) throw new NodeError('CONSENSUS_CLOSED', 'the engine was closed', { node: name });
    if (this.#engine !== undefined) return this.#rejoin(this.#engine, name, application);
    if (this.#waiting.has(name)) throw new NodeError('CONSENSUS_CLOSED', `node ${name} has joined already`, { node: name });
    this.#waiting.set(name, application);
    if (this.#waiting.size === this.#options.nodes.length) this.#start();
    return seatOf(await this.#started, name);
  }

  #start(): void {
    this.#starting = true;
    const nodes = this.#options.nodes.map((node) => ({ ...node, application: this.#waiting.get(node.name) as Application }));
    startEngine({ ...this.#options, nodes }, this.#context).then((engine) => {
      this.#engine = engine;
      this.#resolve(engine);
    }, this.#reject);
  }

  async #rejoin(engine: Engine, name: string, application: Application): Promise<Seat> {
    await engine.nodes.find((node) => node.name === name)?.restart(application);
    return seatOf(engine, name);
  }
}

function seatOf(engine: Engine, name: string): Seat {
  const node = engine.nodes.find((other) => other.name === name);
  if (node?.rpcUrl === undefined) throw new NodeError('CONSENSUS_CLOSED', `node ${name} is not running`, { node: name });
  return { rpcUrl: node.rpcUrl, leave: () => node.stop() };
}
