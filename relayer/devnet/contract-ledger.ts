// The contract's own books at one block, to hold the peg's against.

import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import type { Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import type { EthereumCall } from './mining.ts';
import type { DevnetResult, ResultErrorCode } from './result.ts';

const views = MakerStaking__factory.createInterface();

/** Throws LEDGER_MISMATCH unless accumulator and every balance of `result` are what the contract says at the mature block. */
export async function compareWithContract(
  call: EthereumCall,
  contract: Hex,
  result: Pick<DevnetResult, 'accumulator' | 'balances' | 'matureEthBlock'>,
): Promise<void> {
  const block = `0x${(result.matureEthBlock ?? 0).toString(16)}`;
  const read = async (data: string) => (await call('eth_call', [{ to: contract, data }, block])) as string;
  const accumulator = views.decodeFunctionResult('accumulator', await read(views.encodeFunctionData('accumulator')))[0] as string;
  if (accumulator !== result.accumulator) {
    const message = `the peg's accumulator ${result.accumulator} is not the contract's ${accumulator} at Ethereum block ${result.matureEthBlock}`;
    throw new CodedError<ResultErrorCode>('LEDGER_MISMATCH', message);
  }
  for (const [staker, balance] of Object.entries(result.balances)) {
    const staked = views.decodeFunctionResult('stakeOf', await read(views.encodeFunctionData('stakeOf', [staker])))[0] as bigint;
    if (staked.toString() !== balance) {
      const message = `the peg has ${balance} for ${staker}, the contract ${staked} at Ethereum block ${result.matureEthBlock}`;
      throw new CodedError<ResultErrorCode>('LEDGER_MISMATCH', message, { staker });
    }
  }
}
