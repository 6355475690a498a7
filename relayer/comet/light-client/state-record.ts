// The records of the peg that can be proved: where they lie in the state, and what a proof of them says. The key comes from
// the question, never from the node's answer; that there is no record is proved as well.

import { type Bytes, type Hex, to0x } from '../../lib/bytes.ts';
import { balanceTable, decodeBalance, decodeLimit, decodeRound, limitTable, roundCell } from '../../peg/tables.ts';
import type { Limit, Round } from '../../peg/types.ts';
import type { ProofOperator } from '../../store/state-store.ts';
import { verifyProof } from '../../store/verify-proof.ts';
import { LightError } from './errors.ts';

/** What is asked of the state; addresses in lower case. */
export type Question =
  | { readonly kind: 'balance'; readonly address: Hex }
  | { readonly kind: 'limit'; readonly address: Hex }
  | { readonly kind: 'round' };

/** A record as a node shows it: empty when there is none. */
export interface ShownRecord {
  readonly value: Bytes;
  readonly proof: readonly ProofOperator[];
}

/** The proved answer; undefined where the state has no record: no stake, or no limit in this round. */
export type StateAnswer =
  | { readonly kind: 'balance'; readonly address: Hex; readonly balance: bigint | undefined }
  | { readonly kind: 'limit'; readonly address: Hex; readonly limit: Limit | undefined }
  | { readonly kind: 'round'; readonly round: Round };

/** Query path of the application. */
export function pathOf(question: Question): string {
  return question.kind === 'round' ? '/round' : `/${question.kind}/${question.address}`;
}

function keyOf(question: Question): Bytes {
  if (question.kind === 'round') return roundCell.key;
  return (question.kind === 'balance' ? balanceTable : limitTable).key(question.address);
}

/**
 * What the record says, when it is proved under `appHash` (of the state after the block before the header that has it).
 * Throws PROOF_INVALID, RECORD_MALFORMED.
 */
export function readProved(question: Question, { value, proof }: ShownRecord, appHash: Bytes): StateAnswer {
  const raw = value.length === 0 ? undefined : value;
  if (!verifyProof(proof, appHash, keyOf(question), raw))
    throw new LightError('PROOF_INVALID', `the proof of ${pathOf(question)} does not hold under the app hash ${to0x(appHash)}`, {
      path: pathOf(question),
      appHash: to0x(appHash),
    });
  try {
    return answerOf(question, raw);
  } catch (cause) {
    throw new LightError(
      'RECORD_MALFORMED',
      `the record of ${pathOf(question)} is proved, but this version cannot read it`,
      {},
      { cause },
    );
  }
}

function answerOf(question: Question, raw: Bytes | undefined): StateAnswer {
  switch (question.kind) {
    case 'balance':
      return { ...question, balance: raw && decodeBalance(raw) };
    case 'limit':
      return { ...question, limit: raw && decodeLimit(raw) };
    case 'round':
      return { ...question, round: decodeRound(raw ?? new Uint8Array()) };
  }
}
