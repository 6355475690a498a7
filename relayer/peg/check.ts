// CheckTx: what may wait in the mempool. Everything that can be judged on the committed state is judged, and what waits
// already counts: nobody parks more than could be accepted.

import type { Bytes, Hex } from '../lib/bytes.ts';
import { CODES } from './codes.ts';
import { waitsForVotes } from './deliveries.ts';
import { executeOpened, executeWitnessed } from './machine.ts';
import { mappingDigest } from './mapping.ts';
import { type OpenedTransaction, openTransaction } from './opening.ts';
import { Overlay } from './overlay.ts';
import { judgeRebalance, nextMapping } from './rounds.ts';
import type { BalancesTx, ContestTx, Domain, EventsTx, GovernTx, RebalanceTx, StateReader, Verdict, WitnessTx } from './types.ts';
import { readValidatorSet, type ValidatorSet } from './validator-set.ts';
import { accepted, refused } from './verdict.ts';

/**
 * Deliveries of one witness that may wait; a block of 60,000 events comes in about a dozen. Only one of them may lack votes: its
 * votes may never come, and as long as it waits every node folds it again with each peg block.
 */
const MAX_WAITING_DELIVERIES = 32;

/** The mempool's view of one committed state; made anew after each commit, then fed what still waits. */
export class TransactionCheck {
  /** Never written to: what was worked out from it once is good for all that is checked. */
  readonly #committed: Overlay;
  /** Collects the usage of the orders that wait; nothing else is written to it. */
  readonly #posts: Overlay;
  readonly #domain: Domain;
  /** Peg height of the next block, which what waits may get into. */
  readonly #height: bigint;
  readonly #set: ValidatorSet;
  readonly #votes = new Set<Hex>();
  readonly #proposals = new Set<Hex>();
  readonly #voices = new Set<Hex>();
  readonly #deliveries = new Map<Hex, number>();
  /** Witnesses of whom a delivery waits for votes. */
  readonly #awaitingVotes = new Set<Hex>();
  #mappingDigest: Hex | undefined;

  /** @param height peg height of `committed` */
  constructor(committed: StateReader, domain: Domain, height: bigint) {
    this.#committed = new Overlay(committed);
    this.#posts = new Overlay(committed);
    this.#domain = domain;
    this.#height = height + 1n;
    this.#set = readValidatorSet(committed);
  }

  /** The verdict on one transaction; an accepted one counts from now on. */
  check(bytes: Bytes): Verdict {
    const opened = openTransaction(this.#domain, bytes);
    const verdict = 'code' in opened ? opened : this.#judge(opened);
    return { ...verdict, events: [] };
  }

  #judge(opened: OpenedTransaction): Verdict {
    const { transaction, signer } = opened;
    switch (transaction.type) {
      case 'witness':
        return this.#judgeVote(signer, transaction);
      case 'events':
      case 'balances':
        return this.#judgeDelivery(signer, transaction);
      case 'rebalance':
        return this.#judgeProposal(signer, transaction);
      case 'govern':
      case 'contest':
        return this.#judgeVoice(signer, transaction);
      case 'order':
      case 'stream':
        return executeOpened(this.#posts, this.#height, opened);
    }
  }

  #judgeVote(signer: Hex, vote: WitnessTx): Verdict {
    if (this.#votes.has(signer)) return refused('MEMPOOL_VOTE_WAITS', `a vote of ${signer} waits already`);
    const verdict = executeWitnessed(this.#committed.fork(), this.#height, this.#set, signer, vote);
    if (verdict.code === 0) this.#votes.add(signer);
    return verdict;
  }

  #judgeDelivery(signer: Hex, delivery: EventsTx | BalancesTx): Verdict {
    const waiting = this.#deliveries.get(signer) ?? 0;
    if (waiting >= MAX_WAITING_DELIVERIES)
      return refused('MEMPOOL_DELIVERIES_WAIT', `${waiting} deliveries of ${signer} wait already`);
    const verdict = executeWitnessed(this.#committed.fork(), this.#height, this.#set, signer, delivery);
    const lacksVotes = this.#lacksVotes(signer, delivery, verdict);
    if (lacksVotes && this.#awaitingVotes.has(signer))
      return refused('MEMPOOL_DELIVERIES_WAIT', `a delivery of ${signer} waits for votes already`);
    if (lacksVotes) this.#awaitingVotes.add(signer);
    const taken = lacksVotes ? accepted([]) : verdict;
    if (taken.code === 0) this.#deliveries.set(signer, waiting + 1);
    return taken;
  }

  /** Votes come with the next blocks, whatever happens; voices on motions come when people make up their minds. */
  #lacksVotes(signer: Hex, delivery: EventsTx | BalancesTx, verdict: Verdict): boolean {
    const { code, codespace } = CODES.EVENTS_NOT_ATTESTED;
    if (delivery.type !== 'events' || verdict.code !== code || verdict.codespace !== codespace) return false;
    return waitsForVotes(this.#committed, this.#set, signer, delivery);
  }

  #judgeProposal(signer: Hex, proposal: RebalanceTx): Verdict {
    if (this.#proposals.has(signer)) return refused('MEMPOOL_PROPOSAL_WAITS', `a proposal of ${signer} waits already`);
    const refusal = judgeRebalance(this.#committed, this.#set, signer, proposal, () => this.#digest());
    if (refusal !== undefined) return refusal;
    this.#proposals.add(signer);
    return accepted([]);
  }

  #judgeVoice(signer: Hex, voice: GovernTx | ContestTx): Verdict {
    if (this.#voices.has(signer)) return refused('MEMPOOL_VOICE_WAITS', `a voice of ${signer} waits already`);
    const verdict = executeWitnessed(this.#committed.fork(), this.#height, this.#set, signer, voice);
    if (verdict.code === 0) this.#voices.add(signer);
    return verdict;
  }

  /** All witnesses propose the same mapping: it is made once. */
  #digest(): Hex {
    this.#mappingDigest ??= mappingDigest(nextMapping(this.#committed));
    return this.#mappingDigest;
  }
}
