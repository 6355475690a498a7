// From one trusted block to a later one: the rules of a light client, without any I/O.
// Source: CometBFT spec/light-client/verification, ADR-026, light/verifier.go at v0.39.

import type { Header } from 'cosmjs-types/tendermint/types/types';
import { formatTime, nanosOf } from '../../abci/chain/time.ts';
import { type Bytes, equalBytes, to0x } from '../../lib/bytes.ts';
import { LightError } from './errors.ts';
import { checkLightBlock, type LightBlock } from './light-block.ts';
import { countOwnVotes, demandTrust, type SignedPower, type TrustLevel, type VerifySignature, votesOf } from './verify-commit.ts';

export interface TrustRules {
  /** How long after its time a header may vouch for others, in ms; shorter than validators answer for what they signed. */
  readonly trustingPeriodMs: number;
  /** How far a header may be ahead of `nowMs`. */
  readonly maxClockDriftMs: number;
  readonly nowMs: number;
  readonly trustLevel: TrustLevel;
  readonly verifySignature: VerifySignature;
}

/** A block that is believed, and why. */
export interface VerifiedBlock extends LightBlock {
  /** 32 bytes. */
  readonly hash: Bytes;
  readonly power: SignedPower;
}

/** The block that the user names by height and hash. The chain's id is the one in its header. */
export function verifyTrusted(block: LightBlock, height: bigint, hash: Bytes, rules: TrustRules): VerifiedBlock {
  const { header } = block;
  if (header.height !== height) throw new LightError('HEIGHT_DIFFERS', `asked for block ${height}, shown ${header.height}`);
  const shown = checkLightBlock(block, header.chainId);
  if (!equalBytes(shown, hash))
    throw new LightError('TRUSTED_HASH_DIFFERS', `block ${height} has hash ${to0x(shown)}, trusted is ${to0x(hash)}`, {
      trusted: to0x(hash),
      shown: to0x(shown),
    });
  demandFresh(header, rules);
  return { ...block, hash: shown, power: countOwnVotes(block, votesOf(header.chainId, block.commit, rules.verifySignature)) };
}

/** The block right after a trusted one: its validators are those that the trusted header announces. */
export function verifyAdjacent(trusted: LightBlock, block: LightBlock, rules: TrustRules): VerifiedBlock {
  if (block.header.height !== trusted.header.height + 1n)
    throw new LightError('HEIGHT_DIFFERS', `block ${block.header.height} does not follow ${trusted.header.height}`);
  const hash = checkLater(trusted, block, rules);
  if (!equalBytes(block.header.validatorsHash, trusted.header.nextValidatorsHash))
    throw new LightError('HASH_MISMATCH', `block ${block.header.height} has other validators than ${trusted.header.height} says`);
  if (!equalBytes(block.header.lastBlockId.hash, trusted.commit.blockId.hash))
    throw new LightError(
      'HASH_MISMATCH',
      `block ${block.header.height} does not name ${trusted.header.height} as its predecessor`,
    );
  return { ...block, hash, power: countOwnVotes(block, votesOf(block.header.chainId, block.commit, rules.verifySignature)) };
}

/**
 * A later block, over a gap: enough of the trusted validators must have signed it, and more than 2/3 of its own. Throws
 * NOT_ENOUGH_TRUST when only blocks between can tell. Its own validators come last: their number is the node's choice.
 */
export function verifySkipping(trusted: LightBlock, block: LightBlock, rules: TrustRules): VerifiedBlock {
  if (block.header.height === trusted.header.height + 1n) return verifyAdjacent(trusted, block, rules);
  const hash = checkLater(trusted, block, rules);
  const check = votesOf(block.header.chainId, block.commit, rules.verifySignature);
  demandTrust(block.commit, trusted.validators, rules.trustLevel, check);
  return { ...block, hash, power: countOwnVotes(block, check) };
}

function checkLater({ header: trusted }: LightBlock, block: LightBlock, rules: TrustRules): Bytes {
  const { header } = block;
  demandFresh(trusted, rules);
  const hash = checkLightBlock(block, trusted.chainId);
  if (header.height <= trusted.height)
    throw new LightError('NOT_LATER', `block ${header.height} is not higher than the trusted ${trusted.height}`);
  if (nanosOf(header.time) <= nanosOf(trusted.time))
    throw new LightError('NOT_LATER', `block ${header.height} of ${formatTime(header.time)} is not later than ${trusted.height}`);
  if (nanosOf(header.time) >= nanosFromMs(rules.nowMs + rules.maxClockDriftMs))
    throw new LightError('HEADER_FROM_FUTURE', `block ${header.height} is of ${formatTime(header.time)}, which is still to come`);
  return hash;
}

function demandFresh({ height, time }: Header, { nowMs, trustingPeriodMs }: TrustRules): void {
  if (nanosOf(time) + nanosFromMs(trustingPeriodMs) <= nanosFromMs(nowMs))
    throw new LightError('TRUST_EXPIRED', `block ${height} of ${formatTime(time)} is older than the trusting period`, {
      height,
      trustingPeriodMs,
    });
}

const nanosFromMs = (ms: number): bigint => BigInt(Math.floor(ms)) * 1_000_000n;
