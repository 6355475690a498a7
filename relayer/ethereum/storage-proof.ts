// Slots of a contract's storage, read off an answer to eth_getProof. Nothing in the answer is believed but the nodes of its
// tries, which have to lead to the state root of a verified header.
// Source: EIP-1186; the account's fields: Ethereum yellow paper, section 4.1.

import { type Bytes, type Hex, hex, to0x } from '../lib/bytes.ts';
import { asBytes, asList, asUint, decodeRlp } from '../lib/rlp.ts';
import { EthereumError } from './errors.ts';
import { asArray, asData, asObject, type Json } from './fields.ts';
import type { VerifiedHeader } from './header.ts';
import { provenValue } from './trie.ts';

/**
 * The values of `slots` (32 bytes each), in their order; undefined when it is proved that there is no such account. Throws
 * `ETH_PROOF_INVALID`, and `ETH_MALFORMED` for an answer of another shape.
 */
export async function provenSlots(
  json: Json,
  header: VerifiedHeader,
  contract: Hex,
  slots: readonly Bytes[],
): Promise<readonly bigint[] | undefined> {
  const answer = asObject(json, 'proof');
  const invalid = (what: string) => {
    const message = `the proof of ${what} does not lead to the state root of block ${header.number} (${header.hash})`;
    return new EthereumError('ETH_PROOF_INVALID', message, { eth_block: header.number, hash: header.hash, contract });
  };
  const account = await provenValue(header.stateRoot, hex(contract, 20), nodes(answer.accountProof, 'accountProof'));
  if (account === undefined) throw invalid(`account ${contract}`);
  if (account === null) return undefined;
  const storageRoot = inRlp(
    () => to0x(asBytes(asList(decodeRlp(account), 4)[2], 32)),
    () => invalid(`account ${contract}`),
  );
  const proofs = asArray(answer.storageProof, 'storageProof');
  const values: bigint[] = [];
  for (const [index, slot] of slots.entries()) {
    const proof = asObject(proofs[index], 'storageProof');
    const value = await provenValue(storageRoot, slot, nodes(proof.proof, 'storageProof.proof'));
    if (value === undefined) throw invalid(`slot ${to0x(slot)}`);
    values.push(
      value === null
        ? 0n
        : inRlp(
            () => asUint(decodeRlp(value), 256),
            () => invalid(`slot ${to0x(slot)}`),
          ),
    );
  }
  return values;
}

function nodes(json: Json | undefined, what: string): readonly Bytes[] {
  return asArray(json, what).map((node) => hex(asData(node, what)));
}

/** `read` decodes RLP, which throws nothing but RlpErrors. */
function inRlp<T>(read: () => T, invalid: () => EthereumError): T {
  try {
    return read();
  } catch {
    throw invalid();
  }
}
