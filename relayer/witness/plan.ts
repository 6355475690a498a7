// The witness's judgement in one pure function: two views in, transactions to sign and reasons for silence out. The shell
// in witness.ts reads, signs and sends.

import type { FinalityRule } from '../ethereum/finality.ts';
import type { Hex } from '../lib/bytes.ts';
import { MAX_VOTE_BLOCKS, VOTE_WINDOW } from '../peg/transaction.ts';
import type { Transaction } from '../peg/types.ts';
import type { ChainRequest, ChainView } from './chain-reader.ts';
import type { ChainBlock } from './chain-window.ts';
import type { LatchRecord } from './latch.ts';
import { matureBlock, type PegValidator, type PegView } from './peg-view.ts';
import { deliveriesDue, type MissingSince, missingBlocks, noteMissing } from './plan-deliveries.ts';
import { rebalanceDue } from './plan-rebalance.ts';
import { planVote } from './plan-votes.ts';
import { type Silence, silence } from './silence.ts';

export interface PlanConfig {
  /** Consensus address of the own validator. */
  readonly self: Hex;
  /** Address of the witness key in use. */
  readonly witness: Hex;
  readonly finality: FinalityRule;
}

export interface Plan {
  /** The vote that is due, ready to sign. */
  readonly vote: Extract<Transaction, { type: 'witness' }> | undefined;
  /** Blocks whose events it is this witness's turn to deliver. */
  readonly deliveries: readonly ChainBlock[];
  /** The next round is to be proposed. */
  readonly rebalance: boolean;
  readonly silence: readonly Silence[];
  /** The latch must be closed for this; nothing else is planned then. */
  readonly latch?: Omit<LatchRecord, 'closedAt'>;
  readonly missingSince: MissingSince;
}

/** Either the own entry in the validator set, or why there is nothing for this witness to do. */
export function ownValidator(peg: PegView, config: PlanConfig): PegValidator | Silence {
  const self = peg.validators.find(({ address }) => address === config.self);
  if (self === undefined) return silence('NOT_A_VALIDATOR', `${config.self} is not in the validator set`);
  if (self.witness !== config.witness)
    return silence('WITNESS_KEY_DIFFERS', `the peg expects witness ${self.witness}, the key in use is ${config.witness}`);
  if (peg.ethereum.breach !== undefined)
    return silence('PEG_BREACHED', `breach at block ${peg.ethereum.breach.height}: ${peg.ethereum.breach.reason}`);
  return self;
}

/** What has to be read of Ethereum to plan for this state of the peg. */
export function chainRequest(peg: PegView, self: PegValidator): ChainRequest {
  const base = matureBlock(peg);
  const witnessedTo = self.witnessedTo !== undefined && self.witnessedTo > base ? self.witnessedTo : base;
  const limit = base + VOTE_WINDOW;
  const vote = witnessedTo + BigInt(MAX_VOTE_BLOCKS);
  const to = vote < limit ? vote : limit;
  const { matureBlockHash: hash, nonce, accumulator } = peg.ethereum;
  const commitment = { nonce, accumulator };
  return { base, hash, commitment, finalityThreshold: peg.params.finalityThreshold, to, witnessedTo };
}

/**
 * @param chain undefined when Ethereum could not be read: then only what the peg alone decides is planned
 * @param missingSince what the plan before returned under this name
 * @param nowMs of the witness's own clock
 */
export function plan(
  peg: PegView,
  chain: ChainView | undefined,
  config: PlanConfig,
  missingSince: MissingSince,
  nowMs: number,
): Plan {
  const nothing: Plan = { vote: undefined, deliveries: [], rebalance: false, silence: [], missingSince };
  const self = ownValidator(peg, config);
  if ('code' in self) return { ...nothing, silence: [self] };
  const fromPeg: Plan = { ...nothing, rebalance: rebalanceDue(peg) };
  if (chain === undefined) return fromPeg;
  const parted = compareMature(peg, chain);
  if (parted !== undefined && 'reason' in parted) return { ...nothing, latch: parted };
  if (parted !== undefined) return { ...fromPeg, silence: [parted] };
  const missing = missingBlocks(peg, chain);
  const since = noteMissing(missingSince, missing, nowMs);
  const vote = planVote(peg, chain, self);
  return {
    vote,
    deliveries: deliveriesDue(missing, since, peg.validators, config.self, nowMs),
    rebalance: fromPeg.rebalance,
    silence: reasons(peg, chain, self, vote !== undefined, config),
    missingSince: since,
  };
}

/** The peg's mature block on the own chain: agreement (undefined), a doubt to wait out, or the reason to close the latch. */
function compareMature(peg: PegView, chain: ChainView): Silence | Omit<LatchRecord, 'closedAt'> | undefined {
  const { ethereum, params } = peg;
  const { base, head } = chain;
  const block = matureBlock(peg);
  const at = { eth_block: block, head: head.number };
  const deep = head.number >= block + params.finalityThreshold;
  if (base === undefined || (!deep && base.hash === ethereum.matureBlockHash))
    return silence('HEAD_TOO_LOW', `head ${head.number} is less than ${params.finalityThreshold} above block ${block}`, at);
  const sameHash = base.hash === ethereum.matureBlockHash;
  const { commitment } = base;
  const sameCommitment = commitment?.nonce === ethereum.nonce && commitment.accumulator === ethereum.accumulator;
  if (sameHash && sameCommitment) return undefined;
  const message = sameHash
    ? `the peg counts ${ethereum.nonce} events up to block ${block} (accumulator ${ethereum.accumulator}), the contract ${commitment?.nonce} (${commitment?.accumulator})`
    : `the peg holds block ${block} for ${ethereum.matureBlockHash}, Ethereum at head ${head.number} (${head.hash}) for ${base.hash}`;
  if (!deep) return silence('MATURE_BLOCK_DIFFERS', `${message}; waiting for head ${block + params.finalityThreshold}`, at);
  return {
    reason: sameHash ? 'commitment' : 'hash',
    message,
    block: String(block),
    head: { number: String(head.number), hash: head.hash },
    peg: { hash: ethereum.matureBlockHash, nonce: String(ethereum.nonce), accumulator: ethereum.accumulator },
    chain: {
      hash: base.hash,
      ...(commitment && { nonce: String(commitment.nonce), accumulator: commitment.accumulator }),
    },
  };
}

/** Why no vote, or no further one, is due although blocks may be there. */
function reasons(peg: PegView, chain: ChainView, self: PegValidator, voting: boolean, config: PlanConfig): readonly Silence[] {
  const found: Silence[] = [];
  if (chain.stop !== undefined) found.push(chain.stop);
  if (voting) return found;
  const base = matureBlock(peg);
  const next = (self.witnessedTo !== undefined && self.witnessedTo > base ? self.witnessedTo : base) + 1n;
  const buried = chain.head.number - peg.params.finalityThreshold;
  if (next <= buried && next > base + VOTE_WINDOW)
    found.push(
      silence('WINDOW_FULL', `voted up to block ${next - 1n}, as far as the peg takes votes now`, { eth_block: next - 1n }),
    );
  else if (next <= buried && config.finality === 'finalized' && (chain.finalized === undefined || chain.finalized < next))
    found.push(
      silence('NOT_FINALIZED', `block ${next} is not covered by the finalized tag (${chain.finalized ?? 'none'})`, {
        eth_block: next,
        finalized: chain.finalized,
      }),
    );
  return found;
}
