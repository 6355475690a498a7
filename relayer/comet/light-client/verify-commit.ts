// Who signed a block, and with how much power. Every vote in a commit is checked, those for no block too, since the engine
// puts none into a commit that does not hold; so whoever shows a wrong one has changed the commit.
// Source: CometBFT spec/core/data_structures.md (Commit), types/validation.go at v0.39.

import type { Commit } from 'cosmjs-types/tendermint/types/types';
import { voteSignBytes } from '../../abci/chain/sign-bytes.ts';
import { addressOfKey, type KeyPower } from '../../abci/chain/validators-hash.ts';
import { type Bytes, equalBytes, to0x } from '../../lib/bytes.ts';
import { LightError } from './errors.ts';
import { ABSENT, checkLightBlock, FOR_BLOCK, type LightBlock } from './light-block.ts';

/** Whether an ed25519 signature holds (ZIP-215, as CometBFT checks it). Must not throw. */
export type VerifySignature = (publicKey: Bytes, message: Bytes, signature: Bytes) => boolean;

/** Whether vote `index` of a commit is signed by the owner of a key. */
export type VoteCheck = (index: number, publicKey: Bytes) => boolean;

export interface SignedPower {
  readonly signers: number;
  readonly validators: number;
  readonly signed: bigint;
  readonly total: bigint;
}

/** The checks of one commit; a vote that was found good is not computed again for the same key. */
export function votesOf(chainId: string, commit: Commit, verify: VerifySignature): VoteCheck {
  const { height, round } = commit;
  const good = new Map<number, Bytes>();
  return (index, publicKey) => {
    const vote = commit.signatures[index];
    if (vote === undefined) return false;
    const known = good.get(index);
    if (known !== undefined && equalBytes(known, publicKey)) return true;
    const blockId = (vote.blockIdFlag as number) === FOR_BLOCK ? commit.blockId : undefined;
    const message = voteSignBytes(chainId, { height, round, blockId, time: vote.timestamp });
    const holds = verify(publicKey, message, vote.signature);
    if (holds) good.set(index, publicKey);
    return holds;
  };
}

/**
 * The power that signed the block of a light block. Costs one signature check a vote. Throws what `checkLightBlock` throws,
 * COMMIT_MISMATCH, SIGNATURE_INVALID, or NOT_ENOUGH_POWER when it is not more than 2/3.
 */
export function verifyCommit(block: LightBlock, chainId: string, verify: VerifySignature): SignedPower {
  checkLightBlock(block, chainId);
  return countOwnVotes(block, votesOf(chainId, block.commit, verify));
}

/** The same for a block that `checkLightBlock` has accepted. */
export function countOwnVotes({ header, commit, validators }: LightBlock, check: VoteCheck): SignedPower {
  if (commit.signatures.length !== validators.length)
    throw new LightError('COMMIT_MISMATCH', `the commit of ${header.height} has not one vote for each of its validators`);
  let [signers, signed, total] = [0, 0n, 0n];
  validators.forEach(({ publicKey, power }, index) => {
    total += power;
    const vote = commit.signatures[index];
    if (vote === undefined || (vote.blockIdFlag as number) === ABSENT) return;
    if (!equalBytes(vote.validatorAddress, addressOfKey(publicKey)))
      throw new LightError('COMMIT_MISMATCH', `vote ${index} of the commit of ${header.height} is of another validator`);
    if (!check(index, publicKey)) throw invalidSignature(header.height, index, vote.validatorAddress);
    if ((vote.blockIdFlag as number) !== FOR_BLOCK) return;
    signers++;
    signed += power;
  });
  if (3n * signed <= 2n * total)
    throw new LightError(
      'NOT_ENOUGH_POWER',
      `block ${header.height} is signed by ${signed} of ${total} power; more than 2/3 is needed`,
      { signed, total },
    );
  return { signers, validators: validators.length, signed, total };
}

/** A part of the trusted power, at least 1/3 and at most 1; more than that must have signed. */
export interface TrustLevel {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/**
 * Passes when more than `level` of the power of `trusted` signed the block, whoever else did: at least one of them is honest
 * then. Stops at the vote that is enough. Throws NOT_ENOUGH_TRUST, SIGNATURE_INVALID, DOUBLE_VOTE.
 */
export function demandTrust(commit: Commit, trusted: readonly KeyPower[], level: TrustLevel, check: VoteCheck): void {
  const byAddress = new Map(trusted.map((validator) => [to0x(addressOfKey(validator.publicKey)), validator]));
  const seen = new Set<string>();
  const total = trusted.reduce((sum, { power }) => sum + power, 0n);
  let signed = 0n;
  for (const [index, vote] of commit.signatures.entries()) {
    if ((vote.blockIdFlag as number) !== FOR_BLOCK) continue;
    const address = to0x(vote.validatorAddress);
    const validator = byAddress.get(address);
    if (validator === undefined) continue;
    if (seen.has(address)) throw new LightError('DOUBLE_VOTE', `validator ${address} is in the commit of ${commit.height} twice`);
    seen.add(address);
    if (!check(index, validator.publicKey)) throw invalidSignature(commit.height, index, vote.validatorAddress);
    signed += validator.power;
    if (signed * level.denominator > total * level.numerator) return;
  }
  throw new LightError(
    'NOT_ENOUGH_TRUST',
    `block ${commit.height} is signed by ${signed} of the ${total} power that is trusted`,
    { signed, total },
  );
}

function invalidSignature(height: bigint, index: number, address: Bytes): LightError {
  return new LightError('SIGNATURE_INVALID', `the signature of validator ${to0x(address)} in the commit of ${height} is wrong`, {
    height,
    index,
  });
}
