import { expect } from 'chai';
import { encodeRlp } from 'ethers';
import { type Hex, hex, to0x } from '../../relayer/lib/bytes.ts';
import { hasCode } from '../../relayer/lib/errors.ts';
import { keccakHex } from '../../relayer/lib/keccak.ts';
import { encodeRlp as encode } from '../../relayer/lib/rlp.ts';
import { decodeMotion, encodeMotion, MAX_MOTION_CHANGES, motionId } from '../../relayer/peg/motion.ts';
import { decodeTransaction } from '../../relayer/peg/transaction.ts';
import type { Motion } from '../../relayer/peg/types.ts';

const KEY = `0x${'c5'.repeat(32)}` as const;
const WHO: Hex = `0x${'a1'.repeat(20)}`;
const WITNESS: Hex = `0x${'b2'.repeat(20)}`;
const SIGNATURE = `0x${'5a'.repeat(65)}`;

const MOTION: Motion = {
  expiry: 300n,
  changes: [
    { type: 'add', publicKey: hex(KEY), power: 7n, witness: WITNESS, name: 'äh' },
    { type: 'remove', validator: WHO },
    { type: 'power', validator: WHO, power: 128n },
    { type: 'witness', validator: WHO, witness: WITNESS },
    { type: 'periodLimit', value: 1000n },
    { type: 'periodLength', value: 0n },
    {
      type: 'correction',
      height: 9n,
      hash: KEY,
      nonce: 0n,
      accumulator: KEY,
      ledger: KEY,
      balances: [KEY, `0x${'00'.repeat(32)}`],
    },
  ],
};
const ITEM = [
  '0x012c',
  [
    ['0x01', KEY, '0x07', WITNESS, '0xc3a468'],
    ['0x02', WHO],
    ['0x03', WHO, '0x80'],
    ['0x04', WHO, WITNESS],
    ['0x05', '0x03e8'],
    ['0x06', '0x'],
    ['0x07', '0x09', KEY, '0x', KEY, KEY, [KEY, `0x${'00'.repeat(32)}`]],
  ],
];

type Item = string | readonly Item[];

function refusal(motion: Item, support: Item = '0x01'): string {
  try {
    decodeTransaction(hex(encodeRlp(['0x06', '0x01', support, motion, SIGNATURE] as never)));
    return 'decoded';
  } catch (error) {
    if (!hasCode(error)) throw error;
    return error.code;
  }
}

describe('motion', () => {
  it('has one encoding, and its hash for a name', () => {
    expect(to0x(encode(encodeMotion(MOTION)))).to.equal(encodeRlp(ITEM as never));
    expect(decodeMotion(encodeMotion(MOTION))).to.deep.equal(MOTION);
    expect(motionId(MOTION)).to.equal(keccakHex(hex(encodeRlp(ITEM as never))));
    expect(motionId({ ...MOTION, expiry: 301n })).to.not.equal(motionId(MOTION));
    expect(motionId({ ...MOTION, changes: MOTION.changes.toReversed() })).to.not.equal(motionId(MOTION));
  });

  it('refuses other shapes, widths and kinds', () => {
    expect(refusal(ITEM)).to.equal('decoded');
    expect(refusal(['0x05', []])).to.equal('decoded');
    expect(refusal(ITEM, '0x')).to.equal('decoded');
    expect(refusal(ITEM, '0x02')).to.equal('TX_MALFORMED');
    const changes: readonly Item[] = [
      [],
      '0x01',
      ['0x'],
      ['0x', WHO],
      ['0x08', WHO],
      ['0x01', KEY, '0x07', WITNESS],
      ['0x01', WHO, '0x07', WITNESS, '0x61'],
      ['0x01', KEY, '0x0007', WITNESS, '0x61'],
      ['0x01', KEY, '0x07', WITNESS, '0xff'],
      ['0x01', KEY, '0x07', WITNESS, ['0x61']],
      ['0x02', KEY],
      ['0x02', WHO, '0x01'],
      ['0x03', WHO],
      ['0x03', WHO, `0x01${'00'.repeat(8)}`],
      ['0x04', WHO, KEY],
      ['0x05', '0x01', '0x01'],
      ['0x06'],
      ['0x07', '0x09', KEY, '0x', KEY, []],
      ['0x07', '0x09', KEY, '0x', KEY, KEY, WHO],
      ['0x07', '0x09', KEY, '0x', KEY, KEY, [WHO]],
      ['0x07', '0x09', KEY, '0x', KEY, KEY, [KEY, [KEY]]],
      ['0x07', '0x09', KEY, '0x', KEY, KEY, [[WHO, '0x01']]],
    ];
    for (const change of changes) expect(refusal(['0x05', [change]]), JSON.stringify(change)).to.equal('TX_MALFORMED');
    expect(refusal(['0x05'])).to.equal('TX_MALFORMED');
    expect(refusal(['0x05', [], []])).to.equal('TX_MALFORMED');
    expect(refusal([[], []])).to.equal('TX_MALFORMED');
  });

  it('keeps a byte order mark in a name, so that the name has one encoding', () => {
    const named = (name: string): Motion => ({
      expiry: 1n,
      changes: [{ ...MOTION.changes[0], name } as Motion['changes'][number]],
    });
    expect(decodeMotion(encodeMotion(named('\ufeffx')))).to.deep.equal(named('\ufeffx'));
  });

  it('holds 64 changes and no more', () => {
    const motion = (count: number) => ['0x05', Array.from({ length: count }, () => ['0x05', '0x01'])];
    expect(refusal(motion(MAX_MOTION_CHANGES))).to.equal('decoded');
    expect(refusal(motion(MAX_MOTION_CHANGES + 1))).to.equal('TX_MALFORMED');
    expect(MAX_MOTION_CHANGES).to.equal(64);
  });
});
