import { expect } from 'chai';
import { suffixEvents, suffixStart } from '../../relayer/peg/deliveries.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { breachCell } from '../../relayer/peg/tables.ts';
import type { StakeEvent } from '../../relayer/peg/types.ts';
import { settle } from '../helpers/honest-validators.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, foldHistory, NO_EVENTS, remove, StakingHistory } from '../helpers/staking-history.ts';

const EVENTS = [add('A', 5n), add('B', 6n), remove('A', 2n), add('C', 7n), add('A', 1n)];
const HISTORY = new StakingHistory(100n).mine(105, ...EVENTS);
const { before: BEFORE, after: AFTER } = HISTORY.block(105);
const point = (count: number) => foldHistory(BEFORE, 105n, EVENTS.slice(0, count));

/** V1 and V2 (of four) have voted for block 105, whose events are to be delivered. */
function attested(voters: readonly number[] = [1, 2]): ScriptedPeg {
  const peg = new ScriptedPeg();
  settle(peg, HISTORY, 104);
  for (const number of voters) peg.block(peg.vote(number, 105, HISTORY.contents(105, 105)));
  return peg;
}

const piece = (peg: ScriptedPeg, from: number, to: number) => peg.deliver(1, 105, point(from), EVENTS.slice(from, to));
const onRecord = (peg: ScriptedPeg) => [...suffixEvents(peg.state, 105n, AFTER.accumulator)];

describe('deliveries', () => {
  it('are judged in the order of the codes: the first check that fails gives the code', () => {
    const peg = attested();
    const zero: StakeEvent = add('A', 0n);
    const stranger = peg.sign(new Uint8Array(32).fill(9), { type: 'events', height: 1n, before: AFTER, events: [] });
    const { codes } = peg.block(
      stranger,
      peg.deliver(4, 104, AFTER, []),
      peg.deliver(4, 105, AFTER, []),
      peg.deliver(4, 105, AFTER, [zero]),
      peg.deliver(4, 105, AFTER, EVENTS),
      peg.deliver(4, 106, BEFORE, EVENTS),
      piece(peg, 0, 5),
      piece(peg, 2, 5),
    );
    expect(codes).to.deep.equal([
      'NOT_A_WITNESS',
      'EVENTS_FINAL',
      'EVENTS_EMPTY',
      'EVENTS_AMOUNT',
      'EVENTS_NOT_ATTESTED',
      'EVENTS_NOT_ATTESTED',
      'ok',
      'EVENTS_ON_RECORD',
    ]);
    const broken = new Overlay(peg.state);
    breachCell.set(broken, { height: 105n, reason: 'for the test' });
    peg.state.apply(broken.changes());
    expect(peg.block(peg.deliver(4, 104, AFTER, [])).codes).to.deep.equal(['BREACH']);
  });

  it('need more than a third of the power, whatever block hashes it names', () => {
    const alone = attested([1]);
    expect(alone.block(piece(alone, 0, 5)).codes).to.deep.equal(['EVENTS_NOT_ATTESTED']);
    alone.block(alone.vote(2, 105, [{ hash: NO_EVENTS.accumulator, after: AFTER }]));
    expect(alone.votes(105)).to.have.length(2);
    expect(alone.block(piece(alone, 0, 5)).codes).to.deep.equal(['ok']);
    expect(alone.votes(105).map(({ missing }) => missing)).to.deep.equal([false, false]);
  });

  it('come in pieces, the last one first; no piece is written again', () => {
    const peg = attested();
    expect(peg.block(piece(peg, 0, 2), piece(peg, 2, 4)).codes).to.deep.equal(['EVENTS_NOT_ATTESTED', 'EVENTS_NOT_ATTESTED']);
    expect(peg.block(piece(peg, 4, 5)).changes, 'the piece, the head, lastProposed').to.equal(3);
    const first = peg.state.dump();
    expect(peg.block(piece(peg, 2, 4)).codes).to.deep.equal(['ok']);
    const second = peg.state.dump();
    const rewritten = Object.keys(first).filter((key) => first[key] !== second[key]);
    expect(
      rewritten.map((key) => String.fromCharCode(Number(key.slice(0, 4)))),
      'validator and head',
    ).to.deep.equal(['d', 'v']);
    expect(suffixStart(peg.state, 105n, AFTER)).to.deep.equal(point(2));
    expect(peg.votes(105)[0]?.missing).to.equal(true);
    expect(peg.block(piece(peg, 0, 2)).codes).to.deep.equal(['ok']);
    expect(onRecord(peg)).to.deep.equal(EVENTS.map((event, i) => [BigInt(i + 1), event]));
    expect(peg.votes(105)[0]?.missing).to.equal(false);
    expect(peg.block(piece(peg, 4, 5)).codes).to.deep.equal(['EVENTS_ON_RECORD']);
  });

  it('have cut off what is on record already', () => {
    const peg = attested();
    peg.block(piece(peg, 3, 5));
    const { codes, events } = peg.block(piece(peg, 1, 5), piece(peg, 2, 5), piece(peg, 0, 5));
    expect(codes).to.deep.equal(['ok', 'EVENTS_ON_RECORD', 'ok']);
    expect(events.map(({ attributes }) => [attributes.first_nonce, attributes.count])).to.deep.equal([
      ['2', '2'],
      ['1', '1'],
    ]);
    expect(onRecord(peg)).to.deep.equal(EVENTS.map((event, i) => [BigInt(i + 1), event]));
  });

  it('are not on record for a content that names their accumulator with another nonce', () => {
    const peg = attested();
    expect(peg.block(piece(peg, 0, 5)).codes).to.deep.equal(['ok']);
    const false7 = { nonce: 7n, accumulator: AFTER.accumulator };
    expect(suffixStart(peg.state, 105n, false7)).to.equal(undefined);
    const { hash } = HISTORY.block(105);
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 105, [{ hash, after: false7 }]));
    expect(peg.votes(105)[0]).to.deep.include({ nonce: 7, conf: 3, missing: true });
    expect(peg.mature(), 'nothing can be delivered for it').to.equal(104);
    expect(peg.view().breach).to.equal(null);
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 105, HISTORY.contents(105, 105)));
    expect(peg.mature()).to.equal(105);
  });

  it('serve a second content when the first that they fit has them', () => {
    const peg = attested();
    const short = { hash: NO_EVENTS.accumulator, after: point(2) };
    for (const number of [3, 4]) peg.block(peg.vote(number, 105, [short]));
    const { codes } = peg.block(piece(peg, 2, 5), piece(peg, 0, 2), piece(peg, 0, 2), piece(peg, 0, 2));
    expect(codes).to.deep.equal(['ok', 'ok', 'ok', 'EVENTS_ON_RECORD']);
    expect(peg.votes(105).map(({ missing }) => missing)).to.deep.equal([false, false]);
  });

  it('with impossible numbers are refused, not thrown', () => {
    const peg = attested();
    const huge = { nonce: 2n ** 64n - 1n, accumulator: AFTER.accumulator };
    const { codes } = peg.block(peg.deliver(1, 2n ** 64n - 1n, huge, EVENTS), peg.deliver(1, 105, huge, EVENTS));
    expect(codes).to.deep.equal(['EVENTS_NOT_ATTESTED', 'EVENTS_NOT_ATTESTED']);
  });
});
