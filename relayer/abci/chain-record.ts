// What the application must know of its chain beyond the state itself: the domain of signatures and the validators'
// consensus keys. It follows from genesis, which an engine shows only once; so it is kept beside the state, as `meta` of
// the store, and never enters the app hash.

import { type Bytes, fromHex, type Hex, textBytes, to0x } from '../lib/bytes.ts';
import type { Domain } from '../peg/types.ts';
import { AbciError } from './errors.ts';

export interface ChainRecord {
  readonly chainId: string;
  readonly domain: Domain;
  /** ed25519 public keys (32 bytes) by consensus address. */
  readonly consensusKeys: ReadonlyMap<Hex, Bytes>;
}

/** Name of the record in the store's `meta`. */
export const CHAIN_RECORD = 'chain';

/** UTF-8 JSON: `{chainId, domain: {chainId, verifyingContract, salt}, consensusKeys: {"0x…": "0x…"}}`, 256-bit integers as decimal strings. */
export function encodeChainRecord({ chainId, domain, consensusKeys }: ChainRecord): Bytes {
  const keys = Object.fromEntries([...consensusKeys].map(([address, key]) => [address, to0x(key)]));
  return textBytes(JSON.stringify({ chainId, domain: { ...domain, chainId: domain.chainId.toString() }, consensusKeys: keys }));
}

/** Throws ABCI_RECORD_INVALID. */
export function decodeChainRecord(bytes: Bytes | undefined): ChainRecord {
  if (bytes === undefined) throw new AbciError('ABCI_RECORD_INVALID', 'the store has a state but no chain record');
  try {
    const { chainId, domain, consensusKeys } = JSON.parse(new TextDecoder().decode(bytes)) as StoredRecord;
    const keys = Object.entries(consensusKeys).map(([address, key]) => [address as Hex, keyBytes(key)] as const);
    return { chainId: String(chainId), domain: { ...domain, chainId: BigInt(domain.chainId) }, consensusKeys: new Map(keys) };
  } catch (cause) {
    throw new AbciError('ABCI_RECORD_INVALID', 'the chain record of the store is damaged', {}, { cause });
  }
}

interface StoredRecord {
  readonly chainId: string;
  readonly domain: { readonly chainId: string; readonly verifyingContract: Hex; readonly salt: Hex };
  readonly consensusKeys: Readonly<Record<Hex, string>>;
}

function keyBytes(text: string): Bytes {
  const key = fromHex(text, 32);
  if (key === undefined) throw new Error('a consensus key is not 32 bytes of hex');
  return key;
}
