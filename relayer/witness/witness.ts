// The witness: reads its two views, lets the planner judge, signs and sends. It keeps nothing that the views do not say
// again, so it may be stopped and started at any point; only the latch outlives it.

import type { FinalityRule } from '../ethereum/finality.ts';
import type { EthereumView } from '../ethereum/types.ts';
import type { Bytes, Hex } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { describe, hasCode } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { addressOf } from '../lib/secp256k1.ts';
import { signTransaction } from '../peg/sign-transaction.ts';
import type { Domain, Transaction } from '../peg/types.ts';
import { type CatchUp, stepCatchUp } from './catch-up.ts';
import { ChainReader, type ChainView } from './chain-reader.ts';
import { commitmentAfter } from './chain-window.ts';
import { NO_DELAYS } from './finality-delay.ts';
import type { Latch, LatchRecord } from './latch.ts';
import { forgetOthers, isDue, noteSent, type Outbox, type ResendPolicy } from './outbox.ts';
import type { PegPort } from './peg-port.ts';
import { matureBlock, type PegView, readBalances, readDomain, readPegView, readRecordedFrom } from './peg-view.ts';
import { chainRequest, ownValidator, type Plan, type PlanConfig, plan } from './plan.ts';
import { deliveryOf, type MissingSince, needsPieces, nextPiece } from './plan-deliveries.ts';
import { planRebalance } from './plan-rebalance.ts';
import { type Silence, silence } from './silence.ts';
import { NO_MOVEMENT, noteMovement, STANDSTILL_LIMITS, type StandstillLimits, standstill } from './standstill.ts';
import { reportChanges, type Seen, type WitnessStatus } from './status.ts';

export interface WitnessOptions {
  readonly ethereum: EthereumView;
  readonly peg: PegPort;
  /** 32 bytes: the validator's witness key, never its consensus key. */
  readonly privateKey: Bytes;
  readonly consensusAddress: Hex;
  readonly latch: Latch;
  readonly finality: FinalityRule;
  /** Longest wait between two steps; a new head ends it early. Default 500. */
  readonly pollIntervalMs?: number;
  /** When an Ethereum that stands still is an alarm. Default STANDSTILL_LIMITS. */
  readonly standstill?: StandstillLimits;
  /** Waits before a transaction without effect is sent again. Default 2,000 doubling to 30,000. */
  readonly resend?: ResendPolicy;
}

export interface WitnessContext {
  readonly log: Log;
  readonly clock: Clock;
}

const RESEND: ResendPolicy = { baseDelayMs: 2_000, maxDelayMs: 30_000 };

/** A planned transaction under the name by which its tries are counted. */
interface Task {
  readonly key: string;
  readonly build: () => Promise<Transaction>;
}

/** The witness without a loop: every `step` is one round of read, plan and send. */
export class Witness {
  readonly #options: WitnessOptions;
  readonly #context: WitnessContext;
  readonly #config: PlanConfig;
  readonly #reader: ChainReader;
  #domain: Domain | undefined;
  #peg: PegView | undefined;
  #outbox: Outbox = new Map();
  #missingSince: MissingSince = new Map();
  #catchUp: CatchUp | undefined;
  #movement = NO_MOVEMENT;
  #status: WitnessStatus;

  constructor(options: WitnessOptions, context: WitnessContext) {
    this.#options = options;
    this.#context = context;
    this.#config = { self: options.consensusAddress, witness: addressOf(options.privateKey), finality: options.finality };
    this.#reader = new ChainReader(options.ethereum, options.finality);
    this.#status = {
      state: 'starting',
      witness: this.#config.witness,
      consensusAddress: options.consensusAddress,
      silence: [],
      verified: [],
      finality: NO_DELAYS,
      sent: 0,
      refused: {},
    };
  }

  status(): WitnessStatus {
    return this.#status;
  }

  /**
   * Reads both views once, plans, and sends what is due. Failures of either side become reasons for silence; the only
   * errors thrown are the signal's and the latch file's.
   */
  async step(signal?: AbortSignal): Promise<void> {
    const found: Silence[] = [];
    this.#watchEthereum();
    const closed = await this.#options.latch.read();
    const peg = await this.#attempt('PEG_UNREACHABLE', found, signal, () => this.#readPeg(signal));
    if (peg === undefined) return this.#report({ silence: found, latch: closed });
    if (closed !== undefined) {
      const reason = silence('LATCH_CLOSED', closed.message, { eth_block: closed.block, reason: closed.reason });
      return this.#report({ peg, silence: [reason], latch: closed });
    }
    const chain = await this.#readChain(peg, found, signal);
    const now = this.#context.clock.now();
    const planned = plan(peg, chain, this.#config, this.#missingSince, now);
    this.#missingSince = planned.missingSince;
    if (planned.latch !== undefined) return this.#closeLatch(peg, chain, planned.latch);
    found.push(...planned.silence);
    const still = planned.vote === undefined ? this.#standstill() : undefined;
    if (still !== undefined) found.push(still);
    await this.#attempt('PEG_UNREACHABLE', found, signal, () => this.#send(peg, planned, found, signal));
    this.#report({ peg, chain, silence: found });
  }

  async #readPeg(signal?: AbortSignal): Promise<PegView> {
    this.#domain ??= await readDomain(this.#options.peg, signal);
    this.#peg = await readPegView(this.#options.peg, this.#peg, signal);
    return this.#peg;
  }

  async #readChain(peg: PegView, found: Silence[], signal?: AbortSignal): Promise<ChainView | undefined> {
    const self = ownValidator(peg, this.#config);
    if ('code' in self) return undefined;
    const failed = found.length;
    const chain = await this.#attempt('ETHEREUM_UNREACHABLE', found, signal, () =>
      this.#reader.read(chainRequest(peg, self), signal),
    );
    const trouble = this.#options.ethereum.trouble?.();
    if (trouble !== undefined) {
      const code = hasCode(trouble, 'ETH_DISAGREEMENT') ? 'ENDPOINTS_DISAGREE' : 'TOO_FEW_ENDPOINTS';
      found.push(silence(code, describe(trouble), { ...trouble.data, error: trouble.code }));
    } else if (chain === undefined && found.length === failed) found.push(silence('NO_HEAD', 'no head of Ethereum is known yet'));
    return chain;
  }

  #watchEthereum(): void {
    const { ethereum } = this.#options;
    const seen = { head: ethereum.head(), finalized: ethereum.finalized() };
    this.#movement = noteMovement(this.#movement, seen, this.#context.clock.now());
  }

  #standstill(): Silence | undefined {
    const { finality, standstill: limits = STANDSTILL_LIMITS } = this.#options;
    return standstill(this.#movement, finality, limits, this.#context.clock.now());
  }

  async #closeLatch(peg: PegView, chain: ChainView | undefined, reason: Omit<LatchRecord, 'closedAt'>): Promise<void> {
    const record: LatchRecord = { closedAt: new Date(this.#context.clock.now()).toISOString(), ...reason };
    await this.#options.latch.close(record);
    this.#outbox = new Map();
    this.#context.log.error({ eth_block: record.block, reason: record.reason }, `closed the finality latch: ${record.message}`);
    this.#report({ peg, chain, silence: [silence('LATCH_CLOSED', record.message, { eth_block: record.block })], latch: record });
  }

  async #send(peg: PegView, planned: Plan, found: Silence[], signal?: AbortSignal): Promise<void> {
    const tasks = await this.#tasks(peg, planned, signal);
    this.#outbox = forgetOthers(this.#outbox, new Set(tasks.map(({ key }) => key)));
    for (const { key, build } of tasks) {
      if (isDue(this.#outbox, key, this.#context.clock.now())) await this.#broadcast(key, await build(), found, signal);
    }
  }

  /** Names the planned transactions; each is built only when it is worth sending. */
  async #tasks(peg: PegView, planned: Plan, signal?: AbortSignal): Promise<readonly Task[]> {
    const port = this.#options.peg;
    const tasks: Task[] = [];
    const { vote } = planned;
    if (vote !== undefined) tasks.push({ key: `vote ${vote.sequence}`, build: async () => vote });
    for (const block of planned.deliveries) {
      const { accumulator } = commitmentAfter(block);
      const recordedFrom = needsPieces(block) ? await readRecordedFrom(port, block.number, accumulator, signal) : undefined;
      const piece = nextPiece(block, recordedFrom);
      if (piece === undefined) continue;
      const key = `events of ${block.number} to ${accumulator} from ${piece.start}`;
      tasks.push({ key, build: async () => deliveryOf(block, piece) });
    }
    if (planned.rebalance) {
      const build = async () => planRebalance(peg, await readBalances(port, signal));
      tasks.push({ key: `round ${peg.round.number + 1n}`, build });
    }
    return tasks;
  }

  async #broadcast(key: string, transaction: Transaction, found: Silence[], signal?: AbortSignal): Promise<void> {
    const bytes = signTransaction(this.#domain as Domain, transaction, this.#options.privateKey);
    const result = await this.#options.peg.broadcast(bytes, signal);
    const { clock, log } = this.#context;
    this.#outbox = noteSent(this.#outbox, key, clock.now(), this.#options.resend ?? RESEND);
    const tries = this.#outbox.get(key)?.tries;
    const status = this.#status;
    if (result.code === 0) {
      this.#status = { ...status, sent: status.sent + 1 };
      log.debug({ tx: result.hash, type: transaction.type, task: key, tries }, 'handed in');
      return;
    }
    const name = `${result.codespace}/${result.code}`;
    this.#status = { ...status, refused: { ...status.refused, [name]: (status.refused[name] ?? 0) + 1 } };
    const message = `the peg refused ${transaction.type} ${key} (${name}): ${result.log}`;
    found.push(silence('REFUSED', message, { code: result.code, codespace: result.codespace, task: key }));
    log.debug({ tx: result.hash, type: transaction.type, task: key, tries, code: result.code }, message);
  }

  async #attempt<T>(
    code: 'PEG_UNREACHABLE' | 'ETHEREUM_UNREACHABLE',
    found: Silence[],
    signal: AbortSignal | undefined,
    task: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await task();
    } catch (error) {
      signal?.throwIfAborted();
      found.push(silence(code, describe(error), hasCode(error) ? { ...error.data, error: error.code } : {}));
      return undefined;
    }
  }

  #report(seen: Seen): void {
    const { catchUp: _, ...status } = reportChanges(
      this.#status,
      { ...seen, movement: this.#movement },
      this.#config.self,
      this.#context.clock.now(),
      this.#context.log,
    );
    this.#noteProgress(seen);
    this.#status = { ...status, ...(this.#catchUp && { catchUp: this.#catchUp.progress }) };
  }

  #noteProgress({ peg, chain }: Seen): void {
    const own = peg?.validators.find(({ address }) => address === this.#config.self);
    if (peg === undefined || own === undefined || chain?.matureHead === undefined) return;
    const base = matureBlock(peg);
    const at = own.witnessedTo !== undefined && own.witnessedTo > base ? own.witnessedTo : base;
    const { log, clock } = this.#context;
    const { state, report } = stepCatchUp(this.#catchUp, at, chain.matureHead, clock.now());
    this.#catchUp = state;
    if (report === undefined) return;
    const { to, blocksPerSecond = 0, remainingMs } = state?.progress ?? {};
    const fields = { eth_block: at, to, blocks_per_second: Math.round(blocksPerSecond), remaining_ms: remainingMs };
    if (report === 'began') log.info({ eth_block: at, to }, 'began to vote for blocks of long ago');
    else if (report === 'progressed') log.info(fields, 'voted for blocks of long ago');
    else log.info({ eth_block: at }, 'caught up with Ethereum');
  }
}
