// The home of a network of one validator, which alone is a quorum: for what concerns one node on CometBFT and its disk.

import { freePorts } from '../../relayer/node/free-port.ts';
import { peg } from './peg-process.ts';

export interface SingleValidator {
  readonly home: string;
  readonly rpcUrl: string;
}

/** What the validator watches, and from which block on events count. */
export interface WatchedContract {
  readonly url: string;
  readonly contract: string;
  readonly startBlock: bigint;
  readonly finalityThreshold: number;
}

/** Makes the home within `folder`; rounds are so long that none ends. Throws what `peg testnet` said when it fails. */
export async function singleValidator(
  folder: string,
  { url, contract, startBlock, finalityThreshold }: WatchedContract,
): Promise<SingleValidator> {
  const where = ['--ethereum', url, '--contract', contract, '--start-block', `${startBlock}`];
  const params = ['--period-length', '1000000', '--finality-threshold', `${finalityThreshold}`];
  const ports = ['--validators', '1', '--starting-port', `${await freePorts(10)}`];
  const { code, stdout, stderr } = await peg(['testnet', '--json', '--output', folder, ...ports, ...where, ...params]);
  if (code !== 0) throw new Error(`peg testnet ended with ${code}: ${stderr}`);
  const { nodes } = JSON.parse(stdout) as { nodes: readonly [SingleValidator] };
  return nodes[0];
}
