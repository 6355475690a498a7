import { expect } from 'chai';
import { encodeRlp } from 'ethers';
import { type Hex, hex, to0x, toHex } from '../../relayer/lib/bytes.ts';
import { contestTable } from '../../relayer/peg/contests.ts';
import { type MotionRecord, motionTable } from '../../relayer/peg/motions.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import {
  balanceTable,
  breachCell,
  contractCell,
  decodeBalance,
  decodeLimit,
  decodeRound,
  ethereumCell,
  finalTable,
  lastEventCell,
  limitTable,
  matureOf,
  orderCounterCell,
  orderIdTable,
  paramsCell,
  roundCell,
  usageTable,
  type Validator,
  validatorTable,
  witnessTable,
} from '../../relayer/peg/tables.ts';
import { MemoryState } from '../helpers/memory-state.ts';

const WHO: Hex = `0x${'ab'.repeat(20)}`;
const HASH: Hex = `0x${'cd'.repeat(32)}`;
const VALIDATOR: Validator = {
  power: 3n,
  active: true,
  publicKey: new Uint8Array(32).fill(0xee),
  witness: WHO,
  name: 'äh',
  lastProposed: 1n,
  lastVoted: 2n,
  totalVotes: 3n,
  revisions: 0n,
  sequence: 5n,
  witnessedTo: 300n,
  governSequence: 7n,
};

const BREACH = {
  height: 9n,
  reason: 'no',
  evidence: { final: HASH, attested: HASH, power: 3n, totalPower: 4n, voters: [WHO] },
};
const MOTION: MotionRecord = {
  motion: { expiry: 5n, changes: [{ type: 'periodLimit', value: 7n }] },
  starter: WHO,
  openedAt: 2n,
  voters: [WHO],
  decision: undefined,
};

/** The one entry of a state that `write` writes: key and value as hex. */
function entry(write: (state: Overlay) => void): readonly [string, string] {
  const overlay = new Overlay(new MemoryState());
  write(overlay);
  const [[key, value]] = [...overlay.scan(new Uint8Array(0))] as unknown as [[Uint8Array, Uint8Array]];
  return [toHex(key), to0x(value)];
}

const ascii = (letter: string) => toHex(Uint8Array.of(letter.charCodeAt(0)));
const rlp = (item: unknown) => encodeRlp(item as never);

describe('tables', () => {
  it('have the layouts of docs/protocol.md', () => {
    const params = { finalityThreshold: 6n, periodLength: 20n, periodLimit: 1000n, maxOrderBytes: 8192n };
    const contract = { chainId: 1n, stakingContract: WHO, startBlock: 0n, startBlockHash: HASH };
    const before = { nonce: 2n, accumulator: HASH, matureBlockHash: HASH };
    const rows: readonly (readonly [(state: Overlay) => void, string, unknown])[] = [
      [(s) => paramsCell.set(s, params), ascii('C'), ['0x06', '0x14', '0x03e8', '0x2000']],
      [(s) => contractCell.set(s, contract), ascii('G'), ['0x01', WHO, '0x', HASH]],
      [(s) => ethereumCell.set(s, { ...before, matureBlock: undefined }), ascii('E'), ['0x02', HASH, [], HASH]],
      [(s) => ethereumCell.set(s, { ...before, matureBlock: 0n }), ascii('E'), ['0x02', HASH, ['0x'], HASH]],
      [
        (s) => roundCell.set(s, { number: 1n, startsAt: 2n, endsAt: 3n, limit: 4n }),
        ascii('R'),
        ['0x01', '0x02', '0x03', '0x04'],
      ],
      [(s) => orderCounterCell.set(s, 300n), ascii('O'), '0x012c'],
      [(s) => lastEventCell.set(s, { add: 1n, remove: 0n }), ascii('L'), ['0x01', '0x']],
      [(s) => breachCell.set(s, { height: 9n, reason: 'no' }), ascii('X'), ['0x09', '0x6e6f', []]],
      [(s) => breachCell.set(s, BREACH), ascii('X'), ['0x09', '0x6e6f', [HASH, HASH, '0x03', '0x04', [WHO]]]],
      [(s) => witnessTable.set(s, WHO, WHO), `${ascii('k')}${WHO.slice(2)}`, WHO],
      [(s) => contestTable.set(s, WHO, { height: 9n, hash: HASH }), `${ascii('c')}${WHO.slice(2)}`, ['0x09', HASH]],
      [
        (s) => motionTable.set(s, HASH, MOTION),
        `${ascii('g')}${HASH.slice(2)}`,
        [['0x05', [['0x05', '0x07']]], WHO, '0x02', [WHO], []],
      ],
      [
        (s) => motionTable.set(s, HASH, { ...MOTION, decision: { height: 4n, code: 0 } }),
        `${ascii('g')}${HASH.slice(2)}`,
        [['0x05', [['0x05', '0x07']]], WHO, '0x02', [WHO], ['0x04', '0x']],
      ],
      [(s) => balanceTable.set(s, WHO, 2n ** 255n), `${ascii('b')}${WHO.slice(2)}`, `0x80${'00'.repeat(31)}`],
      [(s) => limitTable.set(s, WHO, { orderLimit: 0n, streamLimit: 1n }), `${ascii('m')}${WHO.slice(2)}`, ['0x', '0x01']],
      [(s) => usageTable.set(s, WHO, { orders: 5n, streams: 0n }), `${ascii('u')}${WHO.slice(2)}`, ['0x05', '0x']],
      [(s) => orderIdTable.set(s, HASH, true), `${ascii('i')}${HASH.slice(2)}`, '0x'],
      [(s) => finalTable.set(s, 258n, HASH), `${ascii('f')}0000000000000102`, HASH],
      [
        (s) => validatorTable.set(s, WHO, VALIDATOR),
        `${ascii('v')}${WHO.slice(2)}`,
        ['0x03', '0x01', `0x${'ee'.repeat(32)}`, WHO, '0xc3a468', '0x01', '0x02', '0x03', '0x', '0x05', '0x012c', '0x07'],
      ],
    ];
    for (const [write, key, value] of rows) expect(entry(write)).to.deep.equal([key, rlp(value)]);
  });

  it('read back what they wrote', () => {
    const state = new Overlay(new MemoryState());
    for (const validator of [VALIDATOR, { ...VALIDATOR, active: false }]) {
      validatorTable.set(state, WHO, validator);
      expect(validatorTable.get(state, WHO)).to.deep.equal(validator);
    }
    for (const breach of [{ height: 9n, reason: 'ö' }, BREACH]) {
      breachCell.set(state, breach);
      expect(breachCell.get(state)).to.deep.equal(breach);
    }
    for (const motion of [MOTION, { ...MOTION, voters: [], decision: { height: 4n, code: 17 } }]) {
      motionTable.set(state, HASH, motion);
      expect(motionTable.get(state, HASH)).to.deep.equal(motion);
    }
    contestTable.set(state, WHO, { height: 9n, hash: HASH });
    expect(contestTable.get(state, WHO)).to.deep.equal({ height: 9n, hash: HASH });
    witnessTable.set(state, WHO, `0x${'01'.repeat(20)}`);
    expect(witnessTable.get(state, WHO)).to.equal(`0x${'01'.repeat(20)}`);
    lastEventCell.set(state, { add: 1n, remove: 2n });
    expect(lastEventCell.read(state)).to.deep.equal({ add: 1n, remove: 2n });
    orderIdTable.set(state, HASH, true);
    expect([...orderIdTable.entries(state)]).to.deep.equal([[HASH, true]]);
    finalTable.set(state, 5n, HASH);
    finalTable.set(state, 300n, HASH);
    expect([...finalTable.entries(state)].map(([height]) => height)).to.deep.equal([5n, 300n]);
    finalTable.clear(state, hex('00000000000001'));
    expect([...finalTable.entries(state)].map(([height]) => height)).to.deep.equal([5n]);
  });

  it('keep the tables apart', () => {
    const state = new Overlay(new MemoryState());
    balanceTable.set(state, WHO, 5n);
    usageTable.set(state, WHO, { orders: 1n, streams: 1n });
    balanceTable.clear(state);
    expect(balanceTable.get(state, WHO)).to.equal(undefined);
    expect(usageTable.get(state, WHO)).to.deep.equal({ orders: 1n, streams: 1n });
  });

  it('decode the records that can be proved', () => {
    expect(decodeRound(hex(rlp(['0x01', '0x64', '0x6e', '0x03e8'])))).to.deep.equal({
      number: 1n,
      startsAt: 100n,
      endsAt: 110n,
      limit: 1000n,
    });
    expect(decodeBalance(hex(rlp('0x0400')))).to.equal(1024n);
    expect(decodeLimit(hex(rlp(['0x05', '0x01'])))).to.deep.equal({ orderLimit: 5n, streamLimit: 1n });
    expect(() => decodeRound(hex('c0'))).to.throw();
  });

  it('say so when genesis was not written', () => {
    expect(() => roundCell.read(new MemoryState())).to.throw('the state has no "R" record: genesis was not written');
    expect(roundCell.get(new MemoryState())).to.equal(undefined);
  });

  it('know the mature block, which is the start block while nothing is final', () => {
    const state = new Overlay(new MemoryState());
    contractCell.set(state, { chainId: 1n, stakingContract: WHO, startBlock: 100n, startBlockHash: HASH });
    const ethereum = { nonce: 0n, accumulator: HASH, matureBlockHash: HASH };
    ethereumCell.set(state, { ...ethereum, matureBlock: undefined });
    expect(matureOf(state)).to.equal(100n);
    ethereumCell.set(state, { ...ethereum, matureBlock: 105n });
    expect(matureOf(state)).to.equal(105n);
  });
});
