// The commit that precommits make, and the times of both.
// Source: CometBFT spec/core/data_structures.md (Commit) at v0.38.

import type { BlockID, Commit, CommitSig } from 'cosmjs-types/tendermint/types/types';
import { BlockIDFlag } from 'cosmjs-types/tendermint/types/validator';
import { nanosOf, type Time, timeFromNanos, ZERO_TIME } from '../../abci/chain/time.ts';
import type { Bytes, Hex } from '../../lib/bytes.ts';
import type { ValidatorSet } from './validator-set.ts';

/** A precommit for the decided block. */
export interface Precommit {
  readonly time: Time;
  /** 64 bytes. */
  readonly signature: Bytes;
}

/** The commit of a block, one entry per validator in the set's order; who did not precommit it is absent. */
export function makeCommit(
  height: bigint,
  round: number,
  blockId: BlockID,
  validators: ValidatorSet,
  precommits: ReadonlyMap<Hex, Precommit>,
): Commit {
  const entry = (address: Bytes, precommit: Precommit | undefined): CommitSig =>
    precommit === undefined
      ? {
          blockIdFlag: BlockIDFlag.BLOCK_ID_FLAG_ABSENT,
          validatorAddress: new Uint8Array(),
          timestamp: ZERO_TIME,
          signature: new Uint8Array(),
        }
      : {
          blockIdFlag: BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
          validatorAddress: address,
          timestamp: precommit.time,
          signature: precommit.signature,
        };
  const signatures = validators.validators.map(({ address, addressHex }) => entry(address, precommits.get(addressHex)));
  return { height, round, blockId, signatures };
}

/** A validator's clock, but later than the block it votes for: block time never stands still or runs back. */
export function voteTime(now: Time, blockTime: Time | undefined): Time {
  if (blockTime === undefined) return now;
  const earliest = nanosOf(blockTime) + 1_000_000n;
  return nanosOf(now) > earliest ? now : timeFromNanos(earliest);
}

/** BFT time: the median of the commit's vote times, weighted by power. Source: spec/consensus/bft-time.md. */
export function medianTime(commit: Commit, validators: ValidatorSet): Time {
  const votes: { time: Time; power: bigint }[] = [];
  let total = 0n;
  commit.signatures.forEach((signature, index) => {
    const power = validators.validators[index]?.power ?? 0n;
    if (signature.blockIdFlag === BlockIDFlag.BLOCK_ID_FLAG_ABSENT) return;
    votes.push({ time: signature.timestamp, power });
    total += power;
  });
  votes.sort((a, b) => (nanosOf(a.time) < nanosOf(b.time) ? -1 : nanosOf(a.time) > nanosOf(b.time) ? 1 : 0));
  let rest = total / 2n;
  for (const { time, power } of votes) {
    if (rest <= power) return time;
    rest -= power;
  }
  return ZERO_TIME;
}
