// The simulation's network: real applications over stores in memory, driven block by block by the embedded engine, reached
// through its JSON-RPC as any client would.

import type { Application } from '../../relayer/abci/application.ts';
import type { GenesisDoc } from '../../relayer/abci/genesis-doc.ts';
import { type DevnetValidator, devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { type Engine, startEngine } from '../../relayer/engine/engine.ts';
import type { EngineNode } from '../../relayer/engine/engine-options.ts';
import type { Moment } from '../../relayer/engine/replica/replica.ts';
import type { Bytes, Hex } from '../../relayer/lib/bytes.ts';
import type { VirtualClock } from '../../relayer/lib/clock.ts';
import { CodedError, describe } from '../../relayer/lib/errors.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import type { Domain } from '../../relayer/peg/types.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import type { BroadcastResult } from '../../relayer/witness/peg-port.ts';
import { readDomain } from '../../relayer/witness/peg-view.ts';
import type { SimNetwork } from './network.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

type Store = ReturnType<typeof openMemoryStore>;

/** How a node's application is made over its store: at the start, and again after every stop. */
export type MakeApplication = (store: Store, genesis: GenesisDoc) => Application;

const CONTRACT: Hex = `0x${'c0'.repeat(20)}`;

/** Moments of a block at which a node may crash. */
const MOMENTS: readonly Moment[] = ['process-proposal', 'precommit', 'save-block', 'finalize-block', 'commit', 'save-state'];

export class EngineNetwork implements SimNetwork {
  readonly validators: SimNetwork['validators'];
  readonly #genesis: GenesisDoc;
  readonly #keys: readonly DevnetValidator[];
  readonly #stores: readonly Store[];
  readonly #make: MakeApplication;
  readonly #random: Random;
  /** Nodes told to crash, and where. */
  readonly #crashing = new Map<string, Moment>();
  #engine: Engine | undefined;
  #domain: Domain | undefined;

  private constructor(world: World, startBlockHash: Hex, make: MakeApplication, random: Random) {
    this.#keys = devnetValidators(world.powers.map(Number));
    this.validators = this.#keys.map(({ consensusAddress, consensusKey, witnessKey }) => {
      return { address: consensusAddress, publicKey: consensusKey, privateKey: witnessKey };
    });
    const ethereum = { chainId: 1_337n, stakingContract: CONTRACT, startBlock: BigInt(world.startBlock), startBlockHash };
    const params = {
      finalityThreshold: BigInt(world.finalityThreshold),
      periodLength: BigInt(world.periodLength),
      periodLimit: BigInt(world.periodLimit),
      maxOrderBytes: 8n,
    };
    const members = this.#keys.filter(({ power }) => power > 0);
    this.#genesis = devnetGenesis(members, ethereum, params, new Date(1_800_000_000_000));
    this.#stores = this.#keys.map(() => openMemoryStore());
    this.#make = make;
    this.#random = random;
  }

  /** Starts all nodes but those in `late`, which join when `start` is called. */
  static async open(
    world: World,
    startBlockHash: Hex,
    make: MakeApplication,
    clock: VirtualClock,
    random: Random,
    late: readonly number[] = [],
  ): Promise<EngineNetwork> {
    const network = new EngineNetwork(world, startBlockHash, make, random);
    const nodes = network.#keys.map(({ name, consensusSeed }, index) => {
      const node = { name, privateKey: consensusSeed };
      return late.includes(index) ? node : { ...node, application: network.#application(index) };
    });
    const crashAt = (node: string, moment: Moment) => network.#crashing.get(node) === moment && network.#crashing.delete(node);
    network.#engine = await startEngine({ genesis: network.#genesis, nodes, drive: 'step', crashAt }, { clock, log: silentLog });
    const first = network.validators.findIndex((_, index) => !late.includes(index));
    network.#domain = await readDomain({
      query: (path) => network.query(first, path),
      broadcast: (tx) => network.broadcast(first, tx),
    });
    return network;
  }

  get domain(): Domain {
    if (this.#domain === undefined) throw new Error('the network is not open');
    return this.#domain;
  }

  isUp(index: number): boolean {
    return this.#node(index).isRunning;
  }

  async query(index: number, path: string): Promise<unknown> {
    const { response } = (await this.#call(index, 'abci_query', { path })) as {
      response: { code: number; log: string; value: string };
    };
    if (response.code !== 0) throw new CodedError('PEG_QUERY_REFUSED', response.log, { path, code: response.code });
    return JSON.parse(Buffer.from(response.value, 'base64').toString());
  }

  async broadcast(index: number, tx: Bytes): Promise<BroadcastResult> {
    try {
      return (await this.#call(index, 'broadcast_tx_sync', { tx: Buffer.from(tx).toString('base64') })) as BroadcastResult;
    } catch (error) {
      if (describe(error).includes('already exists in cache')) return { code: 0, codespace: '', log: '', hash: '' };
      throw error;
    }
  }

  async consensusSet(index: number, height: bigint): Promise<ReadonlyMap<Hex, bigint>> {
    const { validators } = (await this.#call(index, 'validators', { height: String(height), per_page: '100' })) as {
      validators: readonly { readonly address: string; readonly voting_power: string }[];
    };
    return new Map(validators.map(({ address, voting_power }) => [`0x${address.toLowerCase()}`, BigInt(voting_power)]));
  }

  async makeBlock(): Promise<boolean> {
    const engine = this.#engine as Engine;
    return (await engine.wantsBlock()) && (await engine.step()) !== undefined;
  }

  async tips(): Promise<readonly { readonly index: number; readonly height: bigint; readonly appHash: string }[]> {
    const tips: { index: number; height: bigint; appHash: string }[] = [];
    for (const index of this.validators.keys()) {
      if (!this.isUp(index)) continue;
      const { response } = (await this.#call(index, 'abci_info')) as {
        response: { last_block_height: string; last_block_app_hash: string };
      };
      tips.push({ index, height: BigInt(response.last_block_height ?? 0), appHash: response.last_block_app_hash });
    }
    return tips;
  }

  async stop(index: number, crash: boolean): Promise<void> {
    const node = this.#node(index);
    if (crash) this.#crashing.set(node.name, this.#random.pick(MOMENTS));
    else await node.stop();
  }

  async start(index: number): Promise<void> {
    this.#crashing.delete(this.#node(index).name);
    await this.#node(index).restart(this.#application(index));
  }

  stateEntries(index: number): number {
    return (this.#stores[index] as Store).size;
  }

  async close(): Promise<void> {
    await this.#engine?.close();
    await Promise.all(this.#stores.map((store) => store.close()));
  }

  #application(index: number): Application {
    return this.#make(this.#stores[index] as Store, this.#genesis);
  }

  #node(index: number): EngineNode {
    const node = this.#engine?.nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  }

  #call(index: number, method: string, params: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return this.#node(index).rpc.call(method, params);
  }
}
