// The peg's whole ledger at one height, and the one it began with, as a client reads them.

import type { Hex } from '../lib/bytes.ts';
import type { PegLedger } from '../witness/auditor.ts';
import type { LedgerAt } from '../witness/fold-ledger.ts';
import { CometError } from './errors.ts';
import type { CometClient } from './rpc-client.ts';

interface EthereumAnswer {
  readonly nonce: number;
  readonly accumulator: Hex;
  readonly matureEthBlock: number | null;
  readonly matureBlockHash: Hex;
  readonly startBlock: number;
}

interface GenesisSnapshot {
  readonly nonce: number | string;
  readonly accumulator: Hex;
  readonly balances: Readonly<Record<string, string>>;
}

/**
 * The ledger at a peg height (default: the last); undefined while nothing is final. Throws PEG_QUERY_REFUSED for a height that
 * the node no longer keeps.
 */
export async function readPegLedger(client: CometClient, height?: bigint, signal?: AbortSignal): Promise<PegLedger | undefined> {
  const read = async (path: string, at: bigint | undefined) => {
    const { code, codespace, log, value, height: answered } = await client.queryAt(path, { height: at }, signal);
    if (code !== 0) {
      const message = `the node does not answer ${path}${at === undefined ? '' : ` at height ${at}`}: ${log}`;
      throw new CometError('PEG_QUERY_REFUSED', message, { path, code, codespace });
    }
    return { document: JSON.parse(new TextDecoder().decode(value)) as unknown, pegHeight: BigInt(answered) };
  };
  // The application says which height is its last: the engine may have a block already that is not committed yet.
  const { document, pegHeight } = await read('/ethereum', height);
  const { nonce, accumulator, matureEthBlock, matureBlockHash } = document as EthereumAnswer;
  if (matureEthBlock === null) return undefined;
  const balances = new Map<Hex, bigint>();
  for (let after: string | null = ''; after !== null; ) {
    const path: string = after === '' ? '/balances?limit=1000' : `/balances?after=${after}&limit=1000`;
    const page = (await read(path, pegHeight)).document as { balances: Record<Hex, string>; next: string | null };
    for (const [staker, balance] of Object.entries(page.balances)) balances.set(staker as Hex, BigInt(balance));
    after = page.next;
  }
  const block = BigInt(matureEthBlock);
  return { pegHeight, block, blockHash: matureBlockHash, nonce: BigInt(nonce), accumulator, balances };
}

/** The block after which events count, and the ledger there. */
export async function readStartLedger(client: CometClient, signal?: AbortSignal): Promise<LedgerAt> {
  const { startBlock } = (await client.query('/ethereum', signal)) as EthereumAnswer;
  const { snapshot } = (await client.genesis(signal)).app_state as { readonly snapshot?: GenesisSnapshot };
  const balances = Object.entries(snapshot?.balances ?? {}).map(
    ([staker, balance]) => [staker.toLowerCase() as Hex, BigInt(balance)] as const,
  );
  return {
    block: BigInt(startBlock),
    ledger: {
      nonce: BigInt(snapshot?.nonce ?? 0),
      accumulator: snapshot?.accumulator ?? `0x${'00'.repeat(32)}`,
      balances: new Map(balances),
    },
  };
}
