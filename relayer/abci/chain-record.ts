// What the application must know of its chain beyond the state itself: its name and the domain of signatures. It follows from
// genesis, which an engine shows only once; so it is kept beside the state, as `meta` of the store, and never enters the app
// hash.

import { type Bytes, fromHex, type Hex, textBytes, to0x } from '../lib/bytes.ts';
import type { Domain } from '../peg/types.ts';
import { AbciError } from './errors.ts';

export interface ChainRecord {
  readonly chainId: string;
  readonly domain: Domain;
}

/** Name of the record in the store's `meta`. */
export const CHAIN_RECORD = 'chain';

/** UTF-8 JSON: `{chainId, domain: {chainId, verifyingContract, salt}}`, 256-bit integers as decimal strings. */
export function encodeChainRecord({ chainId, domain }: ChainRecord): Bytes {
  return textBytes(JSON.stringify({ chainId, domain: { ...domain, chainId: domain.chainId.toString() } }));
}

/** Throws ABCI_RECORD_INVALID. */
export function decodeChainRecord(bytes: Bytes | undefined): ChainRecord {
  if (bytes === undefined) throw new AbciError('ABCI_RECORD_INVALID', 'the store has a state but no chain record');
  try {
    const { chainId, domain } = JSON.parse(new TextDecoder().decode(bytes)) as StoredRecord;
    const [verifyingContract, salt] = [hexOf(domain.verifyingContract, 20), hexOf(domain.salt, 32)];
    return { chainId: String(chainId), domain: { chainId: BigInt(domain.chainId), verifyingContract, salt } };
  } catch (cause) {
    throw new AbciError('ABCI_RECORD_INVALID', 'the chain record of the store is damaged', {}, { cause });
  }
}

interface StoredRecord {
  readonly chainId: string;
  readonly domain: { readonly chainId: string; readonly verifyingContract: string; readonly salt: string };
}

function hexOf(text: string, length: number): Hex {
  const bytes = fromHex(text, length);
  if (bytes === undefined) throw new Error(`a field is not ${length} bytes of hex`);
  return to0x(bytes);
}
