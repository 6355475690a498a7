// Real witnesses over the real rules of the peg and a model of Ethereum, in virtual time and without a consensus engine:
// what a witness broadcasts waits in a list until the test makes a peg block of it.

import type { FinalityRule } from '../../relayer/ethereum/finality.ts';
import type { Bytes } from '../../relayer/lib/bytes.ts';
import { VirtualClock } from '../../relayer/lib/clock.ts';
import { CodedError } from '../../relayer/lib/errors.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { decodeTransaction } from '../../relayer/peg/transaction.ts';
import type { Transaction } from '../../relayer/peg/types.ts';
import { type Latch, memoryLatch } from '../../relayer/witness/latch.ts';
import type { PegPort } from '../../relayer/witness/peg-port.ts';
import { Witness } from '../../relayer/witness/witness.ts';
import { ModelChain, type ModelChainOptions } from '../sim/chain.ts';
import { ModelView } from '../sim/chain-view.ts';
import { type BlockResult, ScriptedPeg, type ScriptedPegOptions } from './scripted-peg.ts';

export interface BenchOptions extends ScriptedPegOptions {
  readonly chain?: ModelChainOptions;
  readonly finality?: FinalityRule;
}

/** A validator's witness with everything that it is plugged into. */
export interface Seat {
  readonly number: number;
  readonly view: ModelView;
  readonly latch: Latch;
  readonly port: PegPort;
  /** Replaced by `restart`. */
  witness: Witness;
}

/** What a witness handed in, in order. */
export interface HandedIn {
  readonly number: number;
  readonly bytes: Bytes;
  readonly transaction: Transaction;
}

export class WitnessBench {
  readonly chain: ModelChain;
  readonly peg: ScriptedPeg;
  readonly clock = new VirtualClock(1_800_000_000_000);
  readonly seats: readonly Seat[];
  readonly handedIn: HandedIn[] = [];
  /** Transactions for which this is true vanish on their way. */
  loses: (handedIn: HandedIn) => boolean = () => false;
  /** While true the peg's nodes do not answer. */
  pegDown = false;
  readonly #finality: FinalityRule;
  #pending: Bytes[] = [];

  /** The chain begins at S; `startBlockHash` is that block's unless told otherwise. */
  constructor(options: BenchOptions = {}) {
    const start = BigInt(options.startBlock ?? 100);
    this.chain = new ModelChain({ genesisNumber: start, ...options.chain });
    this.peg = new ScriptedPeg({ startBlockHash: this.chain.head.header.hash, ...options });
    this.#finality = options.finality ?? 'depth';
    this.seats = this.peg.validators.map((_, i) => this.#seat(i + 1));
  }

  seat(number: number): Seat {
    return this.seats[number - 1] as Seat;
  }

  /** A witness that knows nothing but what its views say (and its latch). */
  restart(number: number): void {
    const seat = this.seat(number);
    seat.witness = this.#witness(number, seat);
  }

  /** One step of the given witnesses (all, unless told), each with the newest head. */
  async step(...numbers: readonly number[]): Promise<void> {
    for (const { number, view, witness } of this.seats) {
      if (numbers.length > 0 && !numbers.includes(number)) continue;
      view.follow();
      await witness.step();
    }
  }

  /** Makes a peg block of everything handed in since the last one; a second passes. */
  async block(): Promise<BlockResult> {
    const pending = this.#pending;
    this.#pending = [];
    const result = this.peg.block(...pending);
    await this.clock.advance(1_000);
    return result;
  }

  /** Steps and blocks in turn, `count` times. */
  async run(count: number, ...numbers: readonly number[]): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.step(...numbers);
      await this.block();
    }
  }

  /** What has been handed in of one kind since `from` (an index into `handedIn`). */
  sent<T extends Transaction['type']>(
    type: T,
    from = 0,
  ): readonly (HandedIn & { transaction: Extract<Transaction, { type: T }> })[] {
    return this.handedIn.slice(from).filter(({ transaction }) => transaction.type === type) as never;
  }

  /** Codes of the reasons that a witness gives for its silence. */
  silence(number: number): readonly string[] {
    return this.seat(number)
      .witness.status()
      .silence.map(({ code }) => code);
  }

  #seat(number: number): Seat {
    const seat = { number, view: new ModelView(this.chain), latch: memoryLatch(), port: this.#port(number) };
    return { ...seat, witness: this.#witness(number, seat) };
  }

  #witness(number: number, { view, latch, port }: Pick<Seat, 'view' | 'latch' | 'port'>): Witness {
    const { address, privateKey } = this.peg.v(number);
    return new Witness(
      { ethereum: view, peg: port, privateKey, consensusAddress: address, latch, finality: this.#finality },
      { log: silentLog, clock: this.clock },
    );
  }

  #port(number: number): PegPort {
    return {
      query: async (path) => {
        if (this.pegDown) throw new CodedError('PEG_UNREACHABLE', 'the node does not answer');
        return this.peg.query(path);
      },
      broadcast: async (bytes) => {
        if (this.pegDown) throw new CodedError('PEG_UNREACHABLE', 'the node does not answer');
        const handedIn = { number, bytes, transaction: decodeTransaction(bytes).transaction };
        this.handedIn.push(handedIn);
        if (!this.loses(handedIn)) this.#pending.push(bytes);
        return { code: 0, codespace: '', log: '', hash: '' };
      },
    };
  }
}
