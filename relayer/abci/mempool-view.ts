// What CheckTx judges by: the last committed state and what the mempool holds since. A vote against a block that is final is
// more than a refusal: its validator sees another Ethereum than the network. Such votes never get into a block, so this is
// the only place to notice them.

import type { Bytes } from '../lib/bytes.ts';
import type { Log } from '../lib/log.ts';
import { TransactionCheck } from '../peg/check.ts';
import { CODES } from '../peg/codes.ts';
import type { Domain, StateReader, Verdict } from '../peg/types.ts';
import { refused } from '../peg/verdict.ts';

const { code: CONTRADICTS, codespace: VOTES } = CODES.VOTE_CONTRADICTS_FINAL;

export class MempoolView {
  readonly #log: Log;
  #check: TransactionCheck | undefined;
  #contradictions = 0;
  /** Logged once a height at most: a hostile validator must not fill the disk. */
  #logged = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Votes that contradicted a final block since the start, each try counted. */
  get contradictions(): number {
    return this.#contradictions;
  }

  /** Begins anew on a committed state; the engine then checks again what still waits. */
  renew(committed: StateReader, domain: Domain, height: bigint): void {
    this.#check = new TransactionCheck(committed, domain, height);
    this.#logged = false;
  }

  /** There is no state any more. */
  close(): void {
    this.#check = undefined;
  }

  /** Before there is any state, every transaction is refused: engines pass them on to a node that is still being filled. */
  check(tx: Bytes): Verdict {
    if (this.#check === undefined)
      return refused('MEMPOOL_NO_STATE', 'the node has no state yet: try again, or ask another node');
    const verdict = this.#check.check(tx);
    if (verdict.code === CONTRADICTS && verdict.codespace === VOTES) this.#noteContradiction(verdict);
    return verdict;
  }

  #noteContradiction({ log: reason }: Verdict): void {
    this.#contradictions++;
    if (!this.#logged) this.#log.warn({ reason, contradictions: this.#contradictions }, 'vote contradicted a final block');
    this.#logged = true;
  }
}
