// Carries out the rounds of one height: asks applications, waits, signs, and hands the outcome back to the reducer.

import type { Evidence } from 'cosmjs-types/tendermint/types/evidence';
import type { Commit } from 'cosmjs-types/tendermint/types/types';
import { timeFromMs } from '../abci/chain/time.ts';
import type { Hex } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { SealedBlock } from './chain/block.ts';
import { type ChainState, nextHeight } from './chain/chain-state.ts';
import { findValidator } from './chain/validator-set.ts';
import { makeCommit, type Precommit, voteTime } from './chain/vote.ts';
import {
  type Choice,
  type Lock,
  newHeight,
  type RoundEffect,
  type RoundInput,
  type RoundState,
  reduceRound,
} from './consensus/round.ts';
import type { Timeouts } from './engine-options.ts';
import { judgeBlock, proposeBlock } from './replica/block-execution.ts';
import type { StoredBlock } from './replica/block-store.ts';
import type { Replica } from './replica/replica.ts';
import { choiceOf } from './replica/vote-signer.ts';
import { survivors } from './survivors.ts';

export interface AgreementOptions {
  readonly replicas: readonly Replica[];
  readonly state: ChainState;
  readonly lastCommit: Commit;
  readonly evidence: () => readonly Evidence[];
  readonly timeouts: Timeouts;
  /** Undefined: no time-out is waited for. */
  readonly waitClock: Clock | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** A block decided, `again` when the round ended without one, `stalled` when too little power is up. */
export type Outcome = { readonly decided: StoredBlock } | 'again' | 'stalled';

export class Agreement {
  readonly height: bigint;
  readonly #options: AgreementOptions;
  readonly #blocks = new Map<Hex, SealedBlock>();
  readonly #present = new Set<Hex>();
  /** Came back locked on a block that their new application has not judged yet. */
  readonly #unjudged = new Set<Hex>();
  #precommits = new Map<Hex, Precommit>();
  #state: RoundState;

  constructor(options: AgreementOptions) {
    const { state, replicas } = options;
    this.#options = options;
    this.height = nextHeight(state);
    // Rounds that somebody signed in before a restart are over.
    const signed = replicas.flatMap((replica) => (replica.isRunning ? [replica.running.signer.last] : []));
    const firstRound = Math.max(0, ...signed.map((vote) => (vote?.height === this.height ? vote.round + 1 : 0)));
    this.#state = newHeight(this.height, state.validators, firstRound);
  }

  /** True once a round has begun. */
  get begun(): boolean {
    return this.#present.size > 0;
  }

  /** Plays the next round to its end. */
  async playRound(): Promise<Outcome> {
    const { online, locks } = this.#gather();
    this.#precommits = new Map();
    let input: RoundInput | undefined = { kind: 'round', online, locks };
    while (input !== undefined) {
      const step = reduceRound(this.#state, input);
      this.#state = step.state;
      input = undefined;
      for (const effect of step.effects) {
        const outcome = await this.#perform(effect);
        if (outcome === undefined) continue;
        if (typeof outcome === 'string' || 'decided' in outcome) return outcome;
        input = outcome;
      }
    }
    throw new Error(`round ${this.#state.round} of height ${this.height} came to nothing`);
  }

  /** Who is up, and what those who were not before are locked on. */
  #gather(): { online: Hex[]; locks: Map<Hex, Lock> } {
    const online: Hex[] = [];
    const locks = new Map<Hex, Lock>();
    for (const replica of this.#options.replicas) {
      const address = replica.key.addressHex;
      if (!replica.isRunning) this.#present.delete(address);
      else if (findValidator(this.#state.validators, address) !== undefined) {
        online.push(address);
        const last = replica.running.signer.last;
        if (!this.#present.has(address) && last?.height === this.height) {
          this.#blocks.set(choiceOf(last.block), last.block);
          this.#unjudged.add(address);
          locks.set(address, { round: last.round, block: choiceOf(last.block) });
        }
        this.#present.add(address);
      }
    }
    return { online, locks };
  }

  async #perform(effect: RoundEffect): Promise<RoundInput | Outcome | undefined> {
    switch (effect.do) {
      case 'propose':
        return { kind: 'proposal', block: effect.again ?? (await this.#propose(effect.proposer)) };
      case 'wait':
        await this.#wait(effect.for, effect.round);
        return undefined;
      case 'judge':
        return { kind: 'verdicts', accepted: await this.#judge(effect.block, effect.validators) };
      case 'precommit':
        return { kind: 'precommits', cast: await this.#precommit(effect.votes) };
      case 'decide':
        return this.#decide(effect.round, effect.block);
      case 'next-round':
        this.#options.log.info({ height: Number(this.height), round: this.#state.round }, 'round ended without a block');
        return 'again';
      case 'stall':
        return 'stalled';
    }
  }

  async #propose(proposer: Hex): Promise<Choice> {
    const replicas = this.#options.replicas.filter(({ key, isRunning }) => isRunning && key.addressHex === proposer);
    const [proposal] = await survivors(replicas, (replica) =>
      proposeBlock(replica, this.#options.lastCommit, this.#options.evidence()),
    );
    this.#dropTheDead();
    if (proposal === undefined) return null;
    this.#blocks.set(choiceOf(proposal.value), proposal.value);
    return choiceOf(proposal.value);
  }

  /** Every node judges, also one that has no vote; of those locked on a block only who has just come back. */
  async #judge(choice: Choice, validators: readonly Hex[]): Promise<ReadonlySet<Hex>> {
    if (choice === null) return new Set();
    const block = this.#blockOf(choice);
    const asks = (address: Hex): boolean =>
      validators.includes(address) ||
      this.#unjudged.delete(address) ||
      findValidator(this.#state.validators, address) === undefined;
    const asked = this.#options.replicas.filter(({ key, isRunning }) => isRunning && asks(key.addressHex));
    const verdicts = await survivors(asked, (replica) => judgeBlock(replica, block));
    this.#dropTheDead();
    return new Set(verdicts.filter(({ value }) => value).map(({ replica }) => replica.key.addressHex));
  }

  async #precommit(votes: ReadonlyMap<Hex, Choice>): Promise<ReadonlyMap<Hex, Choice>> {
    const { clock, state } = this.#options;
    const cast = new Map<Hex, Choice>();
    const voters = this.#options.replicas.filter(({ key, isRunning }) => isRunning && votes.has(key.addressHex));
    await survivors(voters, async (replica) => {
      const address = replica.key.addressHex;
      const choice = votes.get(address) ?? null;
      await replica.reach('precommit', this.height);
      if (choice === null) cast.set(address, null);
      else {
        const block = this.#blockOf(choice);
        const time = voteTime(timeFromMs(clock.now()), block.block.header.time);
        const precommit = await replica.running.signer.precommit(state.chainId, this.#state.round, block, time);
        if (precommit === undefined) return;
        cast.set(address, choice);
        this.#precommits.set(address, precommit);
      }
    });
    this.#dropTheDead();
    return cast;
  }

  #decide(round: number, choice: Hex): Outcome {
    const block = this.#blockOf(choice);
    const seenCommit = makeCommit(this.height, round, block.id, this.#options.state.validators, this.#precommits);
    return { decided: { ...block, seenCommit } };
  }

  async #wait(what: 'propose' | 'prevote' | 'precommit', round: number): Promise<void> {
    const { waitClock, timeouts, signal } = this.#options;
    const [base, delta] =
      what === 'propose' ? [timeouts.proposeMs, timeouts.proposeDeltaMs] : [timeouts.voteMs, timeouts.voteDeltaMs];
    await waitClock?.sleep(base + round * delta, signal);
  }

  #dropTheDead(): void {
    for (const { isRunning, key } of this.#options.replicas)
      if (!isRunning && this.#state.online.has(key.addressHex))
        this.#state = reduceRound(this.#state, { kind: 'left', validator: key.addressHex }).state;
  }

  #blockOf(choice: Hex): SealedBlock {
    const block = this.#blocks.get(choice);
    if (block === undefined) throw new Error(`nobody has block ${choice}`);
    return block;
  }
}
