// One node: its application, store, mempool, key and chain state. The engine decides what happens when; a replica knows
// only itself. A crash point or a failing application stops it at once, and what was not on disk by then is gone.

import type { CheckTxType } from 'cosmjs-types/tendermint/abci/types';
import type { Application } from '../../abci/application.ts';
import type { GenesisDoc } from '../../abci/genesis-doc.ts';
import type { Bytes } from '../../lib/bytes.ts';
import { describe } from '../../lib/errors.ts';
import type { Log } from '../../lib/log.ts';
import { type ChainState, genesisState } from '../chain/chain-state.ts';
import type { ConsensusKey } from '../chain/consensus-key.ts';
import { maxDataBytes } from '../chain/consensus-params.ts';
import { EngineError } from '../errors.ts';
import { BlockStore } from './block-store.ts';
import type { Attributes, ChainEvent } from './chain-events.ts';
import { EventIndex } from './event-index.ts';
import type { KeyValue } from './key-value.ts';
import { Mempool, type MempoolLimits } from './mempool.ts';
import { VoteSigner } from './vote-signer.ts';

/** Where a node can be made to stop: just before what is named. */
export type Moment =
  | 'info'
  | 'init-chain'
  | 'save-genesis'
  | 'prepare-proposal'
  | 'process-proposal'
  | 'precommit'
  | 'save-block'
  | 'finalize-block'
  | 'save-answer'
  | 'commit'
  | 'recheck'
  | 'save-state'
  | 'publish';

/** Asked before each moment; true stops the node there. */
export type CrashPoint = (node: string, moment: Moment, height: bigint) => boolean;

export interface ReplicaOptions {
  readonly name: string;
  readonly key: ConsensusKey;
  readonly genesis: GenesisDoc;
  readonly mempoolLimits: MempoolLimits;
  /** Opens the node's database: the same content every time. */
  readonly openStore: () => Promise<KeyValue>;
  readonly crashAt: CrashPoint;
  readonly log: Log;
}

/** What a node has while it runs. */
export interface Running {
  readonly application: Application;
  readonly db: KeyValue;
  readonly store: BlockStore;
  readonly index: EventIndex;
  readonly signer: VoteSigner;
  readonly mempool: Mempool;
}

export type EventListener = (event: ChainEvent, attributes: Attributes) => void;

export class Replica {
  readonly name: string;
  readonly key: ConsensusKey;
  readonly genesis: GenesisDoc;
  readonly log: Log;
  /** Hear of every block after it is saved, until the node stops. */
  readonly listeners = new Set<EventListener>();
  /** The state after the last block; while the node is down, the last it had. */
  state: ChainState;
  /** Why the node stopped by itself. */
  failure: EngineError | undefined;
  /** Called when the node goes down, however it does. */
  onStop: () => void | Promise<void> = () => {};
  readonly #options: ReplicaOptions;
  #running: Running | undefined;

  constructor(options: ReplicaOptions) {
    this.name = options.name;
    this.key = options.key;
    this.genesis = options.genesis;
    this.log = options.log.child({ node: options.name });
    this.state = genesisState(options.genesis);
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Throws ENGINE_NODE_DOWN while the node is down. */
  get running(): Running {
    if (this.#running === undefined) throw new EngineError('ENGINE_NODE_DOWN', `node ${this.name} is down`, { node: this.name });
    return this.#running;
  }

  /** Opens the store; the handshake comes next. Throws ENGINE_NODE_RUNNING, ENGINE_STORE_INVALID. */
  async open(application: Application): Promise<void> {
    if (this.isRunning) throw new EngineError('ENGINE_NODE_RUNNING', `node ${this.name} is running`, { node: this.name });
    const db = await this.#options.openStore();
    try {
      const store = await BlockStore.open(db);
      const saved = await store.state();
      if (saved !== undefined && saved.chainId !== this.genesis.chain_id)
        throw new EngineError('ENGINE_STORE_INVALID', `the store of node ${this.name} belongs to chain ${saved.chainId}`, {
          node: this.name,
          chainId: saved.chainId,
        });
      this.state = saved ?? genesisState(this.genesis);
      this.failure = undefined;
      this.#running = {
        application,
        db,
        store,
        index: new EventIndex(db),
        signer: await VoteSigner.open(this.key, store),
        mempool: this.#newMempool(),
      };
    } catch (error) {
      await db.close();
      throw error;
    }
  }

  #newMempool(): Mempool {
    const check = (tx: Bytes, type: CheckTxType) => this.ask('CheckTx', (application) => application.checkTx({ tx, type }));
    const room = () => {
      const { params, validators } = this.state;
      return { bytes: maxDataBytes(params, 0, validators.validators.length), gas: params.maxGas };
    };
    return new Mempool({ check, room }, this.#options.mempoolLimits);
  }

  /** Lets go of the application and closes the store. Idempotent. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.listeners.clear();
    await this.onStop();
    await running.db.close();
    this.log.info({ height: Number(this.state.lastHeight) }, 'node stopped');
  }

  /** Stops the node here when it is to crash here; then throws ENGINE_NODE_CRASHED. */
  async reach(moment: Moment, height: bigint): Promise<void> {
    if (!this.isRunning) throw new EngineError('ENGINE_NODE_DOWN', `node ${this.name} is down`, { node: this.name });
    if (!this.#options.crashAt(this.name, moment, height)) return;
    await this.stop();
    const message = `node ${this.name} crashed before ${moment} of height ${height}`;
    throw new EngineError('ENGINE_NODE_CRASHED', message, { node: this.name, moment, height: Number(height) });
  }

  /** Calls the application. When it throws, that is its wish to be halted: the node stops with ENGINE_APPLICATION_FAILED. */
  async ask<T>(call: string, task: (application: Application) => Promise<T>): Promise<T> {
    const { running } = this;
    let answer: T;
    try {
      answer = await task(running.application);
    } catch (cause) {
      throw await this.fail(
        new EngineError(
          'ENGINE_APPLICATION_FAILED',
          `the application of node ${this.name} failed in ${call}`,
          { node: this.name, call },
          { cause },
        ),
      );
    }
    if (this.#running !== running) throw new EngineError('ENGINE_NODE_DOWN', `node ${this.name} went down`, { node: this.name });
    return answer;
  }

  /** Stops the node for good reason and returns it. */
  async fail(error: EngineError): Promise<EngineError> {
    if (this.isRunning) {
      this.failure = error;
      this.log.error({ code: error.code, error: describe(error) }, 'node halted');
      await this.stop();
    }
    return error;
  }
}
