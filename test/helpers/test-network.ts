// An embedded engine over key-value applications, with what tests need at hand: disks that survive, call logs, crash points.

import type { CallLogOptions, LoggedCall } from '../../relayer/abci/call-grammar.ts';
import { type Engine, startEngine } from '../../relayer/engine/engine.ts';
import type { EngineNode, EngineOptions } from '../../relayer/engine/engine-options.ts';
import type { Moment } from '../../relayer/engine/replica/replica.ts';
import { type Clock, VirtualClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { type TestValidator, testGenesis, testValidators } from './engine-genesis.ts';
import { type KvDisk, type KvOptions, KvStoreApplication, newDisk } from './kvstore-application.ts';
import { recordCalls } from './recording-application.ts';

export interface NetworkOptions extends Partial<Omit<EngineOptions, 'nodes' | 'crashAt'>> {
  readonly powers?: readonly number[];
  /** Validators that are not in genesis but have a node. */
  readonly observers?: number;
  /** Nodes that are not started. */
  readonly down?: readonly number[];
  readonly application?: (index: number, disk: KvDisk) => KvOptions;
  readonly homes?: readonly string[];
  readonly disks?: readonly KvDisk[];
  readonly rpcPort?: number;
  readonly clock?: Clock;
}

/** One life of an application: from a start to a stop. */
export interface Life {
  readonly calls: LoggedCall[];
  readonly options: CallLogOptions;
}

export class TestNetwork {
  readonly engine: Engine;
  readonly validators: readonly TestValidator[];
  readonly disks: readonly KvDisk[];
  /** Of each node, its lives. */
  readonly lives: Life[][];
  readonly #options: NetworkOptions;
  readonly #crashes: { node: string; moment: Moment; height: bigint }[];

  private constructor(
    engine: Engine,
    validators: readonly TestValidator[],
    parts: Pick<TestNetwork, 'disks' | 'lives'>,
    options: NetworkOptions,
    crashes: { node: string; moment: Moment; height: bigint }[],
  ) {
    this.engine = engine;
    this.validators = validators;
    this.disks = parts.disks;
    this.lives = parts.lives;
    this.#options = options;
    this.#crashes = crashes;
  }

  static async start(options: NetworkOptions = {}): Promise<TestNetwork> {
    const {
      powers = [1, 1, 1, 1],
      observers = 0,
      down = [],
      homes,
      rpcPort,
      clock = new VirtualClock(1.8e12),
      ...engineOptions
    } = options;
    const validators = testValidators([...powers, ...new Array<number>(observers).fill(0)]);
    const genesis = options.genesis ?? testGenesis(validators.filter(({ power }) => power > 0));
    const disks = options.disks ?? validators.map(newDisk);
    const lives: Life[][] = validators.map(() => []);
    const crashes: { node: string; moment: Moment; height: bigint }[] = [];
    const nodes = validators.map(({ name, seed }, index) => ({
      name,
      privateKey: seed,
      ...(down.includes(index) ? {} : { application: newLife(options, disks, lives, index) }),
      ...(homes?.[index] === undefined ? {} : { home: homes[index] }),
      ...(rpcPort === undefined ? {} : { rpcPort }),
    }));
    const crashAt = (node: string, moment: Moment, height: bigint): boolean => {
      const at = crashes.findIndex((crash) => crash.node === node && crash.moment === moment && crash.height === height);
      if (at >= 0) crashes.splice(at, 1);
      return at >= 0;
    };
    const engine = await startEngine({ drive: 'step', ...engineOptions, genesis, nodes, crashAt }, { clock, log: silentLog });
    return new TestNetwork(engine, validators, { disks, lives }, options, crashes);
  }

  node(index: number): EngineNode {
    const node = this.engine.nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  }

  /** Stops the node when it next comes to this moment. */
  crash(index: number, moment: Moment, height: bigint): void {
    this.#crashes.push({ node: this.node(index).name, moment, height });
  }

  /** A new application over the node's disk, and the node up again. Blocks up to `decided` are known to be replayed. */
  restart(index: number, changes: KvOptions = {}, decided: bigint = this.height()): Promise<void> {
    return this.node(index).restart(
      newLife({ ...this.#options, application: () => changes }, this.disks, this.lives, index, decided),
    );
  }

  height(): bigint {
    const heights = this.engine.nodes.map((node) => node.height());
    return heights.sort((a, b) => (a < b ? -1 : 1)).at(-1) ?? 0n;
  }

  submit(index: number, tx: string): Promise<unknown> {
    return this.node(index).rpc.call('broadcast_tx_sync', { tx: Buffer.from(tx).toString('base64') });
  }

  close(): Promise<void> {
    return this.engine.close();
  }
}

function newLife(
  options: NetworkOptions,
  disks: readonly KvDisk[],
  lives: Life[][],
  index: number,
  decidedHeight = 0n,
): KvStoreApplication {
  const disk = disks[index] as KvDisk;
  const calls: LoggedCall[] = [];
  const initialHeight = BigInt(options.genesis?.initial_height ?? 1);
  lives[index]?.push({ calls, options: { startHeight: disk.height, initialHeight, decidedHeight } });
  return recordCalls(new KvStoreApplication({ disk, ...options.application?.(index, disk) }), calls);
}
