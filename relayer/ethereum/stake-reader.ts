// What stakers have in the contract after a block: proved from the header's state root where the endpoint can, otherwise asked
// of the contract at that block's hash. For audits; a vote needs no more than the commitment.
// Source of the slots: the storage table in contracts/interfaces/IMakerStaking.sol; of a mapping's slots: Solidity's layout of
// state variables in storage.

import { type Bytes, bigintToBytes, concatBytes, type Hex, hex, textBytes, to0x } from '../lib/bytes.ts';
import { keccak256 } from '../lib/keccak.ts';
import type { ProofMode } from './commitment.ts';
import { EthereumError } from './errors.ts';
import { asData, quantity } from './fields.ts';
import type { VerifiedHeader } from './header.ts';
import { type Rpc, unwrap } from './rpc.ts';
import { provenSlots } from './storage-proof.ts';
import type { ContractStakes } from './types.ts';

/** Slot of `stakeOf`. */
const STAKE_OF_SLOT = bigintToBytes(3n, 32);
const STAKE_OF = to0x(keccak256(textBytes('stakeOf(address)')).subarray(0, 4));
/** Stakers of one request. */
const AT_ONCE = 50;

/** Where stakes are read. */
export interface StakeSource {
  readonly rpc: Rpc;
  readonly contract: Hex;
  readonly mode: ProofMode;
}

/** Stakes after the block of `header`. Errors: those of requests, and in mode `required` `ETH_PROOF_INVALID`. */
export async function readStakes(
  { rpc, contract, mode }: StakeSource,
  header: VerifiedHeader,
  stakers: readonly Hex[],
  signal?: AbortSignal,
): Promise<ContractStakes> {
  const amounts: bigint[] = [];
  let proved = true;
  for (let from = 0; from < stakers.length; from += AT_ONCE) {
    const some = stakers.slice(from, from + AT_ONCE);
    const values = mode === 'off' ? undefined : await provedStakes(rpc, contract, mode, header, some, signal);
    proved &&= values !== undefined;
    amounts.push(...(values ?? (await calledStakes(rpc, contract, header, some, signal))));
  }
  return { amounts, proved };
}

/** undefined when the endpoint has no valid proof and calls will do. */
async function provedStakes(
  rpc: Rpc,
  contract: Hex,
  mode: ProofMode,
  header: VerifiedHeader,
  stakers: readonly Hex[],
  signal?: AbortSignal,
): Promise<readonly bigint[] | undefined> {
  const slots = stakers.map(stakeSlot);
  try {
    const answer = await rpc.call('eth_getProof', [contract, slots.map(to0x), quantity(header.number)], signal);
    return (await provenSlots(answer, header, contract, slots)) ?? stakers.map(() => 0n);
  } catch (error) {
    if (mode === 'required' || !(error instanceof EthereumError)) throw error;
    return undefined;
  }
}

async function calledStakes(
  rpc: Rpc,
  contract: Hex,
  header: VerifiedHeader,
  stakers: readonly Hex[],
  signal?: AbortSignal,
): Promise<readonly bigint[]> {
  const calls = stakers.map((staker) => ({
    method: 'eth_call',
    params: [{ to: contract, data: `${STAKE_OF}${'00'.repeat(12)}${staker.slice(2)}` }, { blockHash: header.hash }],
  }));
  return (await rpc.batch(calls, signal)).map((outcome) => BigInt(asData(unwrap(outcome), 'stakeOf()', 32)));
}

/** keccak256(key ‖ slot), both as words. */
function stakeSlot(staker: Hex): Bytes {
  return keccak256(concatBytes(new Uint8Array(12), hex(staker, 20), STAKE_OF_SLOT));
}
