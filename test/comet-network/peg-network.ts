// Whole peg nodes (store on disk, application, witness over a real local Ethereum) on CometBFT engines whose processes a test
// starts, kills and crashes one by one.

import { join } from 'node:path';
import type { Application } from '../../relayer/abci/application.ts';
import type { GenesisDoc } from '../../relayer/abci/genesis-doc.ts';
import type { CometConfig } from '../../relayer/comet/comet-config.ts';
import type { CometClient } from '../../relayer/comet/rpc-client.ts';
import { type DevnetValidator, devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { type NodeConfig, nodeConfigSchema } from '../../relayer/node/config-schema.ts';
import { type RunningNode, startNode } from '../../relayer/node/start-node.ts';
import { ApplicationLives } from '../helpers/application-lives.ts';
import { CometNetwork } from '../helpers/comet-network.ts';
import type { CometNode, StartOptions } from '../helpers/comet-node.ts';
import { fileLog } from '../helpers/file-log.ts';
import type { StakingChain } from '../helpers/staking-chain.ts';
import type { SceneNetwork, SceneOptions } from './scene.ts';

export const PARAMS = { finalityThreshold: 2n, periodLength: 12n, periodLimit: 10_000n, maxOrderBytes: 8_192n };

export interface PegNetworkOptions {
  readonly binary: string;
  readonly powers: readonly number[];
  /** Nodes after the validators that are none. */
  readonly observers?: number;
  /** Nodes that run from the beginning. Default: all. */
  readonly running?: readonly number[];
  /** Nodes with a witness over Ethereum. Default: the validators. */
  readonly witnesses?: readonly number[];
  /** `store` of every node's config. */
  readonly store?: Readonly<Record<string, number>>;
  /** Over what the network would write into the engines' configs. */
  readonly engine?: (index: number) => Partial<CometConfig>;
}

interface Parts {
  readonly chain: StakingChain;
  readonly genesis: GenesisDoc;
  readonly witnesses: readonly number[];
  readonly store: Readonly<Record<string, number>>;
}

export class PegNetwork implements SceneNetwork {
  readonly comet: CometNetwork;
  readonly set: readonly DevnetValidator[];
  readonly lives: ApplicationLives;
  readonly #parts: Parts;
  readonly #running: (RunningNode | undefined)[] = [];

  private constructor(comet: CometNetwork, set: readonly DevnetValidator[], powers: readonly number[], parts: Parts) {
    this.comet = comet;
    this.set = set;
    this.#parts = parts;
    this.lives = new ApplicationLives(powers);
  }

  /** Homes only: no node runs yet. */
  static async #create(chain: StakingChain, options: PegNetworkOptions): Promise<PegNetwork> {
    const { binary, powers, observers = 0, store = {}, engine = () => ({}) } = options;
    const { witnesses = powers.map((_, index) => index) } = options;
    const all = [...powers, ...new Array<number>(observers).fill(0)];
    const set = devnetValidators(all);
    const { contract: stakingContract, startBlock, startBlockHash } = chain;
    const genesis = devnetGenesis(
      set.filter(({ power }) => power > 0),
      { chainId: 31_337n, stakingContract, startBlock, startBlockHash },
      PARAMS,
      new Date(),
    );
    const comet = await CometNetwork.create({ binary, genesis, nodes: set, settings: engine });
    return new PegNetwork(comet, set, all, { chain, genesis, witnesses, store });
  }

  /** A network whose nodes run and are connected with each other. */
  static async start(chain: StakingChain, options: PegNetworkOptions): Promise<PegNetwork> {
    const network = await PegNetwork.#create(chain, options);
    const { running = network.set.map((_, index) => index) } = options;
    try {
      await Promise.all(running.map((index) => network.start(index)));
      await network.comet.untilConnected();
      return network;
    } catch (error) {
      await network.close({ keep: true });
      throw error;
    }
  }

  /** Indexes of the nodes that run. */
  get up(): readonly number[] {
    return this.set.flatMap((_, index) => (this.#running[index] === undefined ? [] : [index]));
  }

  get size(): number {
    return this.set.length;
  }

  clients(...indexes: readonly number[]): Promise<readonly CometClient[]> {
    return Promise.all((indexes.length === 0 ? this.up : indexes).map((index) => this.client(index)));
  }

  anyClient(): Promise<CometClient> {
    return this.client(this.up[0] ?? 0);
  }

  async readLives(): Promise<ApplicationLives> {
    return this.lives;
  }

  engine(index: number): CometNode {
    return this.comet.node(index);
  }

  client(index: number): Promise<CometClient> {
    return this.engine(index).client();
  }

  /** Of node `index`, whose home is laid out as that of any node. */
  config(index: number): NodeConfig {
    const witness = this.#parts.witnesses.includes(index);
    const { name } = this.set[index] as DevnetValidator;
    return nodeConfigSchema.parse({
      home: join(this.comet.folder, name),
      name,
      ethereum: { urls: witness ? [this.#parts.chain.url] : [], pollIntervalMs: 50 },
      witness: { pollIntervalMs: 50 },
      store: this.#parts.store,
    });
  }

  /** Starts the node; rejects, with nothing left open, when its engine ends before it answers. */
  async start(index: number, options: StartOptions = {}): Promise<void> {
    const engine = this.engine(index);
    const { witnessKey } = this.set[index] as DevnetValidator;
    const config = this.config(index);
    const takeSeat = async (application: Application) => {
      const { lastBlockHeight } = await application.info({ version: '', blockVersion: 0n, p2pVersion: 0n, abciVersion: '' });
      try {
        await engine.start(this.lives.begin(index, application, lastBlockHeight), options);
      } catch (error) {
        await engine.stop();
        throw error;
      }
      return { rpcUrl: engine.rpcUrl, leave: () => engine.stop() };
    };
    const log = fileLog(join(config.home, 'node.log'));
    this.#running[index] = await startNode(config, {
      consensus: { join: takeSeat },
      genesis: this.#parts.genesis,
      log,
      clock: systemClock,
      ...(this.#parts.witnesses.includes(index) && { witnessKey }),
    });
  }

  /** Ends witness, engine, application and store, in this order. */
  async stop(index: number): Promise<void> {
    const node = this.#running[index];
    this.#running[index] = undefined;
    await node?.close();
  }

  async close(options?: { keep?: boolean }): Promise<void> {
    const outcomes = await Promise.allSettled(this.set.map((_, index) => this.stop(index)));
    await this.comet.close(options);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }
}

/** A scene on such a network. */
export function pegScene(
  options: Omit<PegNetworkOptions, 'binary'>,
  people: Pick<SceneOptions<PegNetwork>, 'seed' | 'steps'>,
): SceneOptions<PegNetwork> {
  return { open: (chain, binary) => PegNetwork.start(chain, { binary, ...options }), ...people };
}
