// What the interface of a devnet's node can do that no other node can: act for the devnet's stakers, whose keys everybody
// knows. The devnet plugs it in; a node that runs on its own has none.

import type { Bytes, Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { Domain, PostTx } from '../peg/types.ts';

/** `DEVNET_REFUSED`: the contract or the devnet is against it; the message says why. */
export class DevnetRefusal extends CodedError<'DEVNET_REFUSED'> {}

export interface DevnetStake {
  /** Number of the staker, from 0. */
  readonly staker: number;
  readonly action: 'stake' | 'remove';
  /** Base units. */
  readonly amount: bigint;
}

/** Where a stake or removal got into the Ethereum chain. */
export interface MinedStake {
  readonly transaction: Hex;
  readonly block: bigint;
}

export interface DevnetPort {
  /** Addresses of the stakers, in order of their numbers. */
  readonly stakers: readonly Hex[];
  /** Sends the transaction and waits for its block. Throws DEVNET_REFUSED. */
  stake(stake: DevnetStake): Promise<MinedStake>;
  /** The encoded order, signed by a staker. Throws DEVNET_REFUSED when there is none with this number. */
  sign(staker: number, domain: Domain, order: PostTx): Bytes;
}
