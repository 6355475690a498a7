import { expect } from 'chai';
import { encodeRlp } from 'ethers';
import { hex, to0x } from '../../relayer/lib/bytes.ts';
import { hasCode } from '../../relayer/lib/errors.ts';
import { decodeTransaction, encodeTransaction, MAX_TX_BYTES } from '../../relayer/peg/transaction.ts';
import type { Transaction } from '../../relayer/peg/types.ts';

const SIGNATURE = `0x${'5a'.repeat(65)}`;
const HASH = `0x${'ab'.repeat(32)}` as const;
const WHO = `0x${'cd'.repeat(20)}` as const;

type Item = string | readonly Item[];
const bytesOf = (item: Item) => hex(encodeRlp(item as never));

function refusal(item: Item | Uint8Array): string {
  try {
    decodeTransaction(item instanceof Uint8Array ? item : bytesOf(item));
    return 'decoded';
  } catch (error) {
    if (!hasCode(error)) throw error;
    return error.code;
  }
}

const layouts: readonly (readonly [name: string, transaction: Transaction, item: Item])[] = [
  [
    'witness',
    {
      type: 'witness',
      sequence: 1n,
      fromBlock: 256n,
      blocks: [{ hash: HASH }, { hash: HASH, after: { nonce: 7n, accumulator: HASH } }],
    },
    ['0x01', '0x01', '0x0100', [[HASH], [HASH, '0x07', HASH]], SIGNATURE],
  ],
  ['witness that withdraws', { type: 'witness', sequence: 0n, fromBlock: 0n, blocks: [] }, ['0x01', '0x', '0x', [], SIGNATURE]],
  [
    'events',
    {
      type: 'events',
      height: 9n,
      before: { nonce: 0n, accumulator: HASH },
      events: [
        { kind: 'add', staker: WHO, amount: 128n },
        { kind: 'remove', staker: WHO, amount: 2n ** 256n - 1n },
      ],
    },
    [
      '0x02',
      '0x09',
      '0x',
      HASH,
      [
        ['0x', WHO, '0x80'],
        ['0x01', WHO, `0x${'ff'.repeat(32)}`],
      ],
      SIGNATURE,
    ],
  ],
  [
    'rebalance',
    { type: 'rebalance', round: 1n, startsAt: 100n, endsAt: 2n ** 64n - 1n, mapping: HASH },
    ['0x03', '0x01', '0x64', `0x${'ff'.repeat(8)}`, HASH, SIGNATURE],
  ],
  ['contest', { type: 'contest', sequence: 1n, height: 300n, hash: HASH }, ['0x07', '0x01', '0x012c', HASH, SIGNATURE]],
  ['order', { type: 'order', round: 1n, payload: Uint8Array.of(1, 2) }, ['0x04', '0x01', '0x0102', SIGNATURE]],
  ['stream', { type: 'stream', round: 0n, payload: new Uint8Array(0) }, ['0x05', '0x', '0x', SIGNATURE]],
];

describe('transaction', () => {
  for (const [name, transaction, item] of layouts) {
    it(`has one encoding: ${name}`, () => {
      const bytes = encodeTransaction({ transaction, signature: hex(SIGNATURE) });
      expect(to0x(bytes)).to.equal(encodeRlp(item as never));
      expect(decodeTransaction(bytes)).to.deep.equal({ transaction, signature: hex(SIGNATURE) });
    });
  }

  it('refuses kinds that are not there yet, other shapes and other widths', () => {
    const malformed: readonly Item[] = [
      ['0x07', '0x01', '0x01', SIGNATURE],
      ['0x07', '0x01', '0x01', WHO, SIGNATURE],
      ['0x09', '0x01', '0x01', SIGNATURE],
      ['0x07', '0x01', '0x01', SIGNATURE],
      ['0x', '0x01', '0x01', SIGNATURE],
      ['0x04', '0x01', '0x01', '0x01', SIGNATURE],
      ['0x04', '0x01', SIGNATURE],
      ['0x04', '0x01', '0x01', `${SIGNATURE}00`],
      ['0x04', `0x01${'00'.repeat(8)}`, '0x01', SIGNATURE],
      ['0x01', '0x01', '0x01', [[HASH, '0x', HASH]], SIGNATURE],
      ['0x01', '0x01', '0x01', [[HASH, '0x01']], SIGNATURE],
      ['0x02', '0x01', '0x', HASH, [['0x02', WHO, '0x01']], SIGNATURE],
      ['0x02', '0x01', '0x', HASH, [['0x', `${WHO}00`, '0x01']], SIGNATURE],
      ['0x02', '0x01', '0x', HASH, [['0x', WHO, `0x01${'00'.repeat(32)}`]], SIGNATURE],
      [],
      '0x01',
    ];
    for (const item of malformed) expect(refusal(item), JSON.stringify(item)).to.equal('TX_MALFORMED');
  });

  it('takes a vote for 256 blocks and none for 257', () => {
    const vote = (count: number) => ['0x01', '0x01', '0x01', Array.from({ length: count }, () => [HASH]), SIGNATURE];
    expect(refusal(vote(256))).to.equal('decoded');
    expect(refusal(vote(257))).to.equal('TX_MALFORMED');
  });

  it('judges the size before the form', () => {
    expect(refusal(new Uint8Array(MAX_TX_BYTES))).to.equal('TX_MALFORMED');
    expect(refusal(new Uint8Array(MAX_TX_BYTES + 1))).to.equal('TX_TOO_LARGE');
  });

  it('says what is wrong with the form', () => {
    expect(() => decodeTransaction(bytesOf(['0x09', SIGNATURE])))
      .to.throw()
      .with.property('message', 'kind 9 is unknown');
  });
});
