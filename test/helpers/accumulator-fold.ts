// The contract's running hash, computed from its logs by the ABI coder of ethers: nothing here knows how the contract or
// the relayer does it.

import { AbiCoder, keccak256, type LogDescription, ZeroHash } from 'ethers';

/** A decoded StakeMade or StakeRemoved and the block it was in. */
export interface BlockLog {
  readonly description: LogDescription;
  readonly blockNumber: number;
}

/** keccak256(abi.encode(accumulator, nonce, kind, staker, amount, block number)) over all logs, from zero. */
export function foldLogs(logs: readonly BlockLog[]): string {
  return logs.reduce((accumulator, { description, blockNumber }) => {
    const { staker, amount, nonce } = description.args;
    const kind = { StakeMade: 0, StakeRemoved: 1 }[description.name];
    const types = ['bytes32', 'uint256', 'uint256', 'address', 'uint256', 'uint256'];
    return keccak256(AbiCoder.defaultAbiCoder().encode(types, [accumulator, nonce, kind, staker, amount, blockNumber]));
  }, ZeroHash);
}
