// Views of the peg and of Ethereum written out by hand, for the planner's tests: the protocol's fixture (x = 6, L = 10,
// P = 1000, S = 100) unless told otherwise, seen by validator V1.

import type { Hex } from '../../relayer/lib/bytes.ts';
import type { ChainView } from '../../relayer/witness/chain-reader.ts';
import type { ChainBlock } from '../../relayer/witness/chain-window.ts';
import type { PegContent, PegEthereum, PegValidator, PegView } from '../../relayer/witness/peg-view.ts';
import type { PlanConfig } from '../../relayer/witness/plan.ts';
import { StakingHistory } from './staking-history.ts';

export const START = 100n;

/** Consensus address of V`number`. */
export function consensusAddress(number: number): Hex {
  return `0x${String(number).padStart(40, '0')}`;
}

/** Witness address of V`number`. */
export function witnessAddress(number: number): Hex {
  return `0x${String(number).padStart(40, 'a')}`;
}

export const V1: PlanConfig = { self: consensusAddress(1), witness: witnessAddress(1), finality: 'depth' };

export interface PegFixture {
  readonly mature?: bigint;
  readonly witnessedTo?: bigint;
  readonly sequence?: bigint;
  readonly round?: bigint;
  readonly history?: StakingHistory;
  readonly validators?: number;
  readonly votes?: ReadonlyMap<bigint, readonly PegContent[]>;
  readonly ethereum?: Partial<PegEthereum>;
}

/** The peg with everything up to `mature` of `history` final and V1's own votes as given. */
export function pegView(fixture: PegFixture = {}): PegView {
  const { history = new StakingHistory(START), mature = 105n, round = 1n, sequence = 3n } = fixture;
  const block = history.block(mature);
  const others = Array.from({ length: fixture.validators ?? 4 }, (_, i): PegValidator => {
    const address = consensusAddress(i + 1);
    return { address, witness: witnessAddress(i + 1), power: 1n, sequence, witnessedTo: fixture.witnessedTo ?? mature };
  });
  return {
    ethereum: {
      nonce: block.after.nonce,
      accumulator: block.after.accumulator,
      matureEthBlock: mature,
      matureBlockHash: block.hash,
      startBlock: START,
      breach: undefined,
      ...fixture.ethereum,
    },
    round: { number: round, startsAt: START + (round - 1n) * 10n, endsAt: START + round * 10n, limit: 1000n },
    params: { finalityThreshold: 6n, periodLength: 10n, periodLimit: 1000n, maxOrderBytes: 8192n },
    validators: others,
    votes: fixture.votes ?? new Map(),
  };
}

/** Votes of `voters` (numbers of validators) for blocks `from`…`to` of a history. */
export function votesFor(
  history: StakingHistory,
  from: bigint,
  to: bigint,
  voters: readonly number[],
  missing = false,
): ReadonlyMap<bigint, readonly PegContent[]> {
  const votes = new Map<bigint, readonly PegContent[]>();
  for (let at = from; at <= to; at++) {
    const content = chainBlock(history, at).content;
    votes.set(at, [{ content, voters: voters.map(consensusAddress), missing: missing && content.after !== undefined }]);
  }
  return votes;
}

/** Ethereum with `head` as its head, read from the block after `base` on. */
export function chainView(history: StakingHistory, base: bigint, head: bigint, change: Partial<ChainView> = {}): ChainView {
  const mature = head - 6n;
  const blocks: ChainBlock[] = [];
  for (let at = base + 1n; at <= mature; at++) blocks.push(chainBlock(history, at));
  return {
    head: header(history, head),
    finalized: undefined,
    matureHead: mature,
    base: { hash: history.block(base).hash, commitment: history.commitmentAt(base) },
    blocks,
    above: [],
    ...change,
  };
}

/** A block as the chain window holds it. */
export function chainBlock(history: StakingHistory, number: bigint): ChainBlock {
  const { hash, events, before, after } = history.block(number);
  return { number, content: events.length === 0 ? { hash } : { hash, after }, events, before };
}

export function header(history: StakingHistory, number: bigint): ChainView['head'] {
  return { number, hash: history.block(number).hash, parentHash: history.block(number - 1n).hash };
}
