import { expect } from 'chai';
import { encodeRlp as ethersEncode, hexlify } from 'ethers';
import fc from 'fast-check';
import { type Bytes, equalBytes, hex, to0x } from '../../relayer/lib/bytes.ts';
import {
  asBytes,
  asList,
  asUint,
  decodeRlp,
  encodeRlp,
  encodeRlpList,
  type Rlp,
  RlpError,
  rlpUint,
} from '../../relayer/lib/rlp.ts';

const bytes = fc.uint8Array({ maxLength: 80 });
const item = fc.letrec<{ item: Rlp }>((tie) => ({
  item: fc.oneof({ maxDepth: 4 }, bytes, fc.array(tie('item'), { maxLength: 5 })),
})).item;

const plain = (rlp: Rlp): unknown => (rlp instanceof Uint8Array ? hexlify(rlp) : rlp.map(plain));

/** Whether decoding refuses; anything but an RlpError is a defect and is thrown. */
function refuses(input: Bytes): boolean {
  try {
    decodeRlp(input);
    return false;
  } catch (error) {
    if (error instanceof RlpError) return true;
    throw error;
  }
}

/** Twenty lists within each other. */
const nested = Array.from({ length: 21 }, (_, i) => (0xd4 - i).toString(16)).join('');

describe('rlp', () => {
  it('encodes as ethers does and decodes what it encoded', () => {
    fc.assert(
      fc.property(item, (rlp) => {
        const encoded = encodeRlp(rlp);
        expect(to0x(encoded)).to.equal(ethersEncode(plain(rlp) as never));
        expect(plain(decodeRlp(encoded))).to.deep.equal(plain(rlp));
        if (!(rlp instanceof Uint8Array)) expect(to0x(encodeRlpList(rlp)), 'item by item').to.equal(to0x(encoded));
      }),
    );
  });

  it('accepts no second encoding: whatever decodes encodes to the same bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 70 }), item.map(encodeRlp)),
        fc.nat(),
        fc.nat(255),
        (encoded, at, value) => {
          const mutated = Uint8Array.from(encoded);
          if (mutated.length > 0) mutated[at % mutated.length] = value;
          if (!refuses(mutated)) expect(equalBytes(encodeRlp(decodeRlp(mutated)), mutated)).to.equal(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  for (const [what, text] of [
    ['nothing', ''],
    ['a prefixed single byte', '8101'],
    ['a short length written long', 'b801ff'],
    ['a length with a leading zero', 'b90038'],
    ['a length that is cut off', 'b9'],
    ['a length of more than four bytes', 'bf0100000000000000'],
    ['a string that is cut off', '83ffff'],
    ['a list that is cut off', 'c3ffff'],
    ['an element that leaves its list', 'c283ffffff'],
    ['trailing bytes', '8080'],
    ['lists nested too deep', nested],
  ] as const) {
    it(`refuses ${what}`, () =>
      expect(() => decodeRlp(hex(text)))
        .to.throw(RlpError)
        .with.property('code', 'RLP_MALFORMED'));
  }

  it('encodes a list longer than a call may have arguments', () => {
    const items = Array.from({ length: 300_000 }, () => Uint8Array.of(7));
    const encoded = encodeRlp(items);
    expect(encoded.length).to.equal(300_004);
    expect(equalBytes(encodeRlpList(items.values()), encoded)).to.equal(true);
    expect(decodeRlp(encoded)).to.have.length(items.length);
  });

  it('reads integers and shapes strictly', () => {
    expect(asUint(rlpUint(0n), 64)).to.equal(0n);
    expect(asUint(rlpUint(2n ** 64n - 1n), 64)).to.equal(2n ** 64n - 1n);
    const wrong: (() => unknown)[] = [
      () => asUint(rlpUint(2n ** 64n), 64),
      () => asUint(Uint8Array.of(0), 64),
      () => asUint(Uint8Array.of(0, 1), 64),
      () => asUint([], 64),
      () => asUint(undefined, 64),
      () => asBytes([], 3),
      () => asBytes(Uint8Array.of(1), 3),
      () => asList(Uint8Array.of(1)),
      () => asList([[]], 2),
    ];
    for (const read of wrong) expect(read).to.throw(RlpError).with.property('code', 'RLP_SHAPE');
    expect(() => rlpUint(-1n)).to.throw(RangeError);
  });
});
