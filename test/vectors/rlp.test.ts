import { expect } from 'chai';
import { type Hex, hex, to0x } from '../../relayer/lib/bytes.ts';
import { decodeRlp, encodeRlp, type Rlp, RlpError } from '../../relayer/lib/rlp.ts';
import { readVectors } from './read-vectors.ts';

type Nested = Hex | readonly Nested[];

const { valid, invalid } = readVectors<{
  valid: { name: string; item: Nested; encoded: Hex }[];
  invalid: { name: string; encoded: Hex }[];
}>('rlp.json');

const toItem = (nested: Nested): Rlp => (typeof nested === 'string' ? hex(nested) : nested.map(toItem));
const fromItem = (item: Rlp): Nested => (item instanceof Uint8Array ? to0x(item) : item.map(fromItem));

describe('vectors: rlp', () => {
  for (const { name, item, encoded } of valid) {
    it(`encodes and decodes ${name}`, () => {
      expect(to0x(encodeRlp(toItem(item)))).to.equal(encoded);
      expect(fromItem(decodeRlp(hex(encoded)))).to.deep.equal(item);
    });
  }

  for (const { name, encoded } of invalid) {
    it(`refuses ${name}`, () => {
      expect(() => decodeRlp(hex(encoded))).to.throw(RlpError).with.property('code', 'RLP_MALFORMED');
    });
  }
});
