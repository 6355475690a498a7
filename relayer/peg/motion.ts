// Motions as bytes: a list of changes and the last peg height for votes. The digest of the bytes names the motion, so that
// those who vote on it have all seen the same.

import { type Bytes, type Hex, hex, textBytes } from '../lib/bytes.ts';
import { keccakHex } from '../lib/keccak.ts';
import { asBytes, asList, asUint, encodeRlp, type Rlp, RlpError, rlpUint } from '../lib/rlp.ts';
import { asHex } from './records.ts';
import type { Change, Motion } from './types.ts';

/** Most changes in one motion. */
export const MAX_MOTION_CHANGES = 64;

const CHANGES = { add: 1n, remove: 2n, power: 3n, witness: 4n, periodLimit: 5n, periodLength: 6n, correction: 7n } as const;

/** keccak-256 of RLP([expiry, [change, …]]). */
export function motionId(motion: Motion): Hex {
  return keccakHex(encodeRlp(encodeMotion(motion)));
}

export function encodeMotion({ expiry, changes }: Motion): Rlp {
  return [rlpUint(expiry), changes.map((change) => [rlpUint(CHANGES[change.type]), ...encodeFields(change)])];
}

/** Throws RlpError. */
export function decodeMotion(item: Rlp | undefined): Motion {
  const [expiry, changes] = asList(item, 2);
  const list = asList(changes);
  if (list.length > MAX_MOTION_CHANGES)
    throw new RlpError('RLP_SHAPE', `a motion holds ${list.length} changes, at most ${MAX_MOTION_CHANGES} may be`);
  return { expiry: asUint(expiry, 64), changes: list.map(decodeChange) };
}

function encodeFields(change: Change): Rlp[] {
  switch (change.type) {
    case 'add':
      return [change.publicKey, rlpUint(change.power), hex(change.witness, 20), textBytes(change.name)];
    case 'remove':
      return [hex(change.validator, 20)];
    case 'power':
      return [hex(change.validator, 20), rlpUint(change.power)];
    case 'witness':
      return [hex(change.validator, 20), hex(change.witness, 20)];
    case 'periodLimit':
    case 'periodLength':
      return [rlpUint(change.value)];
    case 'correction': {
      const { height, hash, nonce, accumulator, ledger, balances } = change;
      const place = [rlpUint(height), hex(hash, 32), rlpUint(nonce), hex(accumulator, 32)];
      return [...place, hex(ledger, 32), balances.map((digest) => hex(digest, 32))];
    }
  }
}

function decodeChange(item: Rlp): Change {
  const [number, ...fields] = asList(item);
  const kind = asUint(number, 8);
  switch (kind) {
    case CHANGES.add: {
      const [key, power, witness, name] = asList(fields, 4);
      const publicKey = asBytes(key, 32);
      return { type: 'add', publicKey, power: asUint(power, 64), witness: asHex(witness, 20), name: asText(asBytes(name)) };
    }
    case CHANGES.remove: {
      const [validator] = asList(fields, 1);
      return { type: 'remove', validator: asHex(validator, 20) };
    }
    case CHANGES.power: {
      const [validator, power] = asList(fields, 2);
      return { type: 'power', validator: asHex(validator, 20), power: asUint(power, 64) };
    }
    case CHANGES.witness: {
      const [validator, witness] = asList(fields, 2);
      return { type: 'witness', validator: asHex(validator, 20), witness: asHex(witness, 20) };
    }
    case CHANGES.periodLimit:
    case CHANGES.periodLength: {
      const [value] = asList(fields, 1);
      return { type: kind === CHANGES.periodLimit ? 'periodLimit' : 'periodLength', value: asUint(value, 64) };
    }
    case CHANGES.correction:
      return decodeCorrection(asList(fields, 6));
    default:
      throw new RlpError('RLP_SHAPE', `a change is of the unknown kind ${kind}`);
  }
}

function decodeCorrection([height, hash, nonce, accumulator, ledger, balances]: readonly Rlp[]): Change {
  const place = { height: asUint(height, 64), hash: asHex(hash, 32), nonce: asUint(nonce, 64) };
  const commitment = { accumulator: asHex(accumulator, 32), ledger: asHex(ledger, 32) };
  return { type: 'correction', ...place, ...commitment, balances: asList(balances).map((digest) => asHex(digest, 32)) };
}

/** Text that its bytes are the one encoding of: replaced or skipped bytes would give two encodings the same meaning. */
function asText(bytes: Bytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RlpError('RLP_SHAPE', 'a name is not UTF-8');
  }
}
