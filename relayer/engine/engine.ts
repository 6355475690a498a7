// The embedded consensus engine: N applications in one process, driven in lockstep as CometBFT would drive them, with
// CometBFT's JSON-RPC per node. It is for one machine: development, tests, demonstrations. It does no networking.

import type { Evidence } from 'cosmjs-types/tendermint/types/evidence';
import type { Commit } from 'cosmjs-types/tendermint/types/types';
import type { Application } from '../abci/application.ts';
import { CodedError, describe } from '../lib/errors.ts';
import { Agreement } from './agreement.ts';
import { emptyCommit } from './chain/block.ts';
import { needsProofBlock, nextHeight } from './chain/chain-state.ts';
import { duplicateVote } from './chain/double-vote.ts';
import {
  DEFAULT_BLOCK_INTERVAL_MS,
  DEFAULT_TIMEOUTS,
  type EngineContext,
  type EngineNode,
  type EngineOptions,
} from './engine-options.ts';
import { EngineError } from './errors.ts';
import { Gossip } from './gossip.ts';
import { applyBlock, catchUp, expectSameState } from './lockstep.ts';
import { handshake } from './replica/handshake.ts';
import type { Replica } from './replica/replica.ts';
import { makeReplicas } from './replicas.ts';
import { RpcService } from './rpc/rpc-service.ts';
import { survivors } from './survivors.ts';
import { Turns } from './turns.ts';
import { WakeUp } from './wake-up.ts';

/** Starts the nodes that have an application and, unless stepped, begins to make blocks. Throws the codes of EngineErrorCode. */
export async function startEngine(options: EngineOptions, context: EngineContext): Promise<Engine> {
  const engine = new Engine(options, context);
  try {
    await engine.start();
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}

export class Engine {
  /** In the order of the options. */
  readonly nodes: readonly EngineNode[];
  readonly #options: EngineOptions;
  readonly #context: EngineContext;
  readonly #replicas: readonly Replica[];
  readonly #services: readonly RpcService[];
  readonly #gossip: Gossip;
  /** Rounds, stops and restarts never overlap. */
  readonly #turns = new Turns();
  /** Rings when a transaction or a node has come. */
  readonly #work = new WakeUp();
  /** Rings when a node has come. */
  readonly #arrivals = new WakeUp();
  readonly #closing = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #evidence: readonly Evidence[] = [];
  #agreement: Agreement | undefined;
  #lastCommit: Commit = emptyCommit();
  #failure: CodedError | undefined;

  constructor(options: EngineOptions, context: EngineContext) {
    this.#options = options;
    this.#context = context;
    this.#replicas = makeReplicas(options, context.log);
    this.#gossip = new Gossip(this.#replicas, () => this.#work.ring());
    this.#services = this.#replicas.map(
      (replica, index) =>
        new RpcService({
          replica,
          gossip: this.#gossip,
          clock: context.clock,
          log: replica.log,
          port: options.nodes[index]?.rpcPort,
          peers: () => this.#replicas.flatMap((other) => (other !== replica && other.isRunning ? [other.name] : [])),
        }),
    );
    this.nodes = this.#replicas.map((replica, index) => this.#face(replica, this.#services[index] as RpcService));
    for (const [index, replica] of this.#replicas.entries()) replica.onStop = () => this.#services[index]?.close();
  }

  /** Why no more blocks are made: applications that disagree, or a defect. */
  get failure(): CodedError | undefined {
    return this.#failure;
  }

  /** Called once, by `startEngine`. */
  async start(): Promise<void> {
    const { nodes, drive } = this.#options;
    this.#context.log.info(
      { chain_id: this.#options.genesis.chain_id, nodes: nodes.length },
      'embedded consensus engine started: for one machine, without any networking; real networks run CometBFT',
    );
    const starting = nodes.flatMap(({ application }, index) =>
      application === undefined ? [] : [{ replica: this.#replicas[index] as Replica, application }],
    );
    for (const { replica, application } of starting) await this.#open(replica, application);
    await this.#level();
    for (const { replica } of starting) await this.#serve(replica);
    if (drive !== 'step') this.#loop = this.#run();
  }

  /** Makes exactly one block, whether one is due or not; undefined when too few validators are up. For `drive: 'step'`. */
  async step(): Promise<bigint | undefined> {
    if (this.#options.drive !== 'step')
      throw new EngineError('ENGINE_NOT_STEPPED', 'blocks follow the clock: start the engine with drive "step"');
    await this.#gossip.idle();
    for (;;) {
      const outcome = await this.#turns.take(() => this.#playRound());
      if (outcome === 'stalled') return undefined;
      if (outcome !== 'again') return outcome;
    }
  }

  /** Whether a block is due: transactions wait, it is the first, the app hash has changed, or empty blocks are wanted. */
  wantsBlock(): Promise<boolean> {
    return this.#turns.take(async () => {
      const replica = this.#mostAdvanced();
      if (replica === undefined) return false;
      if (this.#options.createEmptyBlocks === true || this.#agreement?.begun === true) return true;
      if (this.#replicas.some((other) => other.isRunning && other.running.mempool.size > 0)) return true;
      const [last] = await survivors([replica], ({ running, state }) => running.store.block(state.lastHeight));
      return needsProofBlock(replica.state, last?.value?.block);
    });
  }

  /** Has the next block carry evidence that this validator signed the last one twice. Throws ENGINE_OPTIONS_INVALID before the first block. */
  accuse(name: string): Promise<void> {
    return this.#turns.take(async () => {
      const accused = this.#replicas.find((replica) => replica.name === name);
      const witness = this.#mostAdvanced();
      const last = await witness?.running.store.block(witness.state.lastHeight);
      const validators = witness?.state.lastValidators;
      const message = `node ${name} cannot be accused: there is no such node, or no block yet`;
      if (accused === undefined || last === undefined || validators === undefined)
        throw new EngineError('ENGINE_OPTIONS_INVALID', message, { name });
      this.#evidence = [...this.#evidence, duplicateVote(this.#options.genesis.chain_id, accused.key, last, validators)];
    });
  }

  /** Stops making blocks, takes all nodes down, closes sockets and stores. Idempotent. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) this.#closing.abort(new EngineError('ENGINE_CLOSED', 'the engine is closed'));
    await this.#loop;
    await this.#turns.take(async () => {
      await Promise.all(this.#replicas.map((replica) => replica.stop()));
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    try {
      for (;;) {
        while (!(await this.wantsBlock())) await this.#work.wait(signal);
        const outcome = await this.#turns.take(() => this.#playRound());
        if (outcome === 'stalled') await this.#arrivals.wait(signal);
        else if (outcome !== 'again')
          await this.#context.clock.sleep(this.#options.blockIntervalMs ?? DEFAULT_BLOCK_INTERVAL_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) this.#halt(error);
    }
  }

  /** One round; the height when it decided a block, which every node then executes. */
  async #playRound(): Promise<bigint | 'again' | 'stalled'> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#closing.signal.throwIfAborted();
    const leader = this.#mostAdvanced();
    if (leader === undefined) return 'stalled';
    this.#agreement ??= await this.#nextAgreement(leader);
    const outcome = await this.#agreement.playRound();
    if (outcome === 'again') return outcome;
    if (outcome === 'stalled') {
      this.#context.log.warn({ height: Number(this.#agreement.height) }, 'too little voting power is up to make a block');
      return outcome;
    }
    const { decided } = outcome;
    try {
      await applyBlock(
        this.#replicas.filter(({ isRunning }) => isRunning),
        decided,
      );
    } catch (error) {
      throw this.#halt(error);
    }
    this.#agreement = undefined;
    this.#lastCommit = decided.seenCommit;
    const committed = decided.block.evidence.evidence.length;
    this.#evidence = this.#evidence.slice(committed);
    const { height } = decided.block.header;
    this.#context.log.info(
      { height: Number(height), round: decided.seenCommit.round, txs: decided.block.data.txs.length },
      'block committed',
    );
    return height;
  }

  async #nextAgreement(leader: Replica): Promise<Agreement> {
    const { clock, log } = this.#context;
    if (this.#lastCommit.height !== leader.state.lastHeight)
      this.#lastCommit = (await leader.running.store.block(leader.state.lastHeight))?.seenCommit ?? emptyCommit();
    return new Agreement({
      replicas: this.#replicas,
      state: leader.state,
      lastCommit: this.#lastCommit,
      evidence: () => this.#evidence,
      timeouts: { ...DEFAULT_TIMEOUTS, ...this.#options.timeouts },
      waitClock: this.#options.drive === 'step' ? undefined : clock,
      clock,
      signal: this.#closing.signal,
      log,
    });
  }

  #mostAdvanced(): Replica | undefined {
    let best: Replica | undefined;
    for (const replica of this.#replicas)
      if (replica.isRunning && (best === undefined || replica.state.lastHeight > best.state.lastHeight)) best = replica;
    return best;
  }

  async #open(replica: Replica, application: Application): Promise<void> {
    await replica.open(application);
    try {
      await handshake(replica);
    } catch (error) {
      await replica.stop();
      throw error;
    }
    replica.log.info({ height: Number(replica.state.lastHeight) }, 'node started');
  }

  async #serve(replica: Replica): Promise<void> {
    if (!replica.isRunning) return;
    await this.#services[this.#replicas.indexOf(replica)]?.open();
    this.#gossip.welcome(replica);
    this.#work.ring();
    this.#arrivals.ring();
  }

  #restart(replica: Replica, application: Application): Promise<void> {
    return this.#turns.take(async () => {
      this.#closing.signal.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      await this.#open(replica, application);
      try {
        await this.#level();
        await this.#serve(replica);
      } catch (error) {
        await replica.stop();
        throw error;
      }
    });
  }

  /** Brings every running node to the height of the most advanced; a height that was under way elsewhere is obsolete then. */
  async #level(): Promise<void> {
    const ahead = this.#mostAdvanced();
    if (ahead === undefined) return;
    for (const replica of this.#replicas) {
      if (!replica.isRunning || replica === ahead) continue;
      await catchUp(replica, ahead);
      expectSameState(replica, ahead);
    }
    if (this.#agreement !== undefined && this.#agreement.height !== nextHeight(ahead.state)) this.#agreement = undefined;
  }

  #face(replica: Replica, service: RpcService): EngineNode {
    return {
      name: replica.name,
      address: replica.key.addressHex,
      get rpcUrl() {
        return service.url;
      },
      get isRunning() {
        return replica.isRunning;
      },
      get failure() {
        return replica.failure;
      },
      height: () => replica.state.lastHeight,
      rpc: { call: (method, params) => service.call(method, params) },
      stop: () => this.#turns.take(() => replica.stop()),
      restart: (application) => this.#restart(replica, application),
    };
  }

  #halt(error: unknown): CodedError {
    if (this.#failure === undefined) {
      this.#failure =
        error instanceof CodedError ? error : new EngineError('ENGINE_DEFECT', describe(error), {}, { cause: error });
      this.#context.log.error({ code: this.#failure.code, ...this.#failure.data, error: describe(error) }, 'engine halted');
      this.#options.onFailure?.(this.#failure);
    }
    return this.#failure;
  }
}
