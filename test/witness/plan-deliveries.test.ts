import { expect } from 'chai';
import { encodeTransaction, MAX_TX_BYTES } from '../../relayer/peg/transaction.ts';
import type { StakeEvent } from '../../relayer/peg/types.ts';
import {
  DELIVERY_STAGGER_MS,
  deliveriesDue,
  deliveryOf,
  MAX_EVENTS_A_DELIVERY,
  missingBlocks,
  needsPieces,
  nextPiece,
  noteMissing,
} from '../../relayer/witness/plan-deliveries.ts';
import { chainBlock, chainView, consensusAddress, pegView, START, votesFor } from '../helpers/peg-view-fixture.ts';
import { add, foldHistory, StakingHistory, staker } from '../helpers/staking-history.ts';

const history = new StakingHistory(START).mine(107, add('A', 100n), add('B', 3n)).mine(109, add('B', 50n));

describe('which events to deliver', () => {
  const chain = chainView(history, 105n, 120n);

  it('those of blocks on the own chain that votes name and whose events are missing', () => {
    const votes = votesFor(history, 106n, 109n, [2], true);
    expect(missingBlocks(pegView({ history, votes }), chain).map(({ block }) => block.number)).to.deep.equal([107n, 109n]);
    expect(missingBlocks(pegView({ history }), chain)).to.deep.equal([]);
    const delivered = votesFor(history, 106n, 109n, [2], false);
    expect(missingBlocks(pegView({ history, votes: delivered }), chain)).to.deep.equal([]);
  });

  it('never those of a content that is not on the own chain', () => {
    const bogus = history.fork(107, 'b').mine(107, add('A', 10n ** 24n));
    const votes = votesFor(bogus, 106n, 107n, [2], true);
    expect(missingBlocks(pegView({ history, votes }), chain)).to.deep.equal([]);
  });

  it('in turn: position height mod n at once, the k-th after it when still missing k · 2 s later', () => {
    const votes = votesFor(history, 107n, 107n, [2], true);
    const peg = pegView({ history, votes });
    const missing = missingBlocks(peg, chain);
    const since = noteMissing(new Map(), missing, 5_000);
    // 107 mod 4 = 3: V4 first, then V1, V2, V3.
    const waits = [4, 1, 2, 3].map((number) => {
      const due = (ms: number) => deliveriesDue(missing, since, peg.validators, consensusAddress(number), 5_000 + ms).length;
      return [0, 1_999, 2_000, 3_999, 4_000, 5_999, 6_000].find((ms) => due(ms) > 0);
    });
    expect(waits).to.deep.equal([0, 1, 2, 3].map((k) => k * DELIVERY_STAGGER_MS));
  });

  it('the wait counts from when the content was first seen missing, and anew when it was not for a while', () => {
    const votes = votesFor(history, 107n, 107n, [2], true);
    const missing = missingBlocks(pegView({ history, votes }), chain);
    const first = noteMissing(new Map(), missing, 1_000);
    expect([...noteMissing(first, missing, 9_000).values()]).to.deep.equal([1_000]);
    expect(noteMissing(first, [], 9_000).size).to.equal(0);
    expect(deliveriesDue(missing, new Map(), pegView().validators, consensusAddress(1), 9_000)).to.deep.equal([]);
  });

  it('of those that a third or less of the power names the first, all others', () => {
    const busy = new StakingHistory(START);
    for (let at = 106; at < 112; at++) busy.mine(at, add('A', 1n));
    const votes = new Map([
      ...votesFor(busy, 106n, 107n, [2, 3], true),
      ...votesFor(busy, 108n, 110n, [2], true),
      ...votesFor(busy, 111n, 111n, [2, 3], true),
    ]);
    const peg = pegView({ history: busy, votes });
    const missing = missingBlocks(peg, chainView(busy, 105n, 120n));
    const due = deliveriesDue(missing, noteMissing(new Map(), missing, 0), peg.validators, consensusAddress(1), 60_000);
    expect(due.map(({ number }) => number)).to.deep.equal([106n, 107n, 108n, 111n]);
  });

  it('sixteen blocks at a time', () => {
    const busy = new StakingHistory(START);
    for (let at = 106; at < 150; at++) busy.mine(at, add('A', 1n));
    const peg = pegView({ history: busy, votes: votesFor(busy, 106n, 149n, [1], true), validators: 1 });
    const missing = missingBlocks(peg, chainView(busy, 105n, 160n));
    const since = noteMissing(new Map(), missing, 0);
    const due = deliveriesDue(missing, since, peg.validators, consensusAddress(1), 0);
    expect(due.map(({ number }) => number)).to.deep.equal(Array.from({ length: 16 }, (_, i) => 106n + BigInt(i)));
  });
});

describe('pieces of a delivery', () => {
  it('a block that fits is one piece, with what the contract held before it', () => {
    const block = chainBlock(history, 109n);
    expect(needsPieces(block)).to.equal(false);
    const piece = nextPiece(block, undefined);
    expect(piece).to.deep.equal({ start: 0, end: 1 });
    expect(deliveryOf(block, { start: 0, end: 1 })).to.deep.equal({
      type: 'events',
      height: 109n,
      before: history.commitmentAt(107),
      events: [add('B', 50n)],
    });
  });

  it('a larger one goes last piece first, each ending where the one on record begins', () => {
    const events = Array.from({ length: 10 }, (_, i): StakeEvent => add('A', BigInt(i + 1)));
    const block = chainBlock(new StakingHistory(START).mine(103, add('C', 1n)).mine(107, ...events), 107n);
    expect(needsPieces(block, 4)).to.equal(true);
    const pieces: unknown[] = [];
    let recordedFrom: bigint | undefined;
    for (let piece = nextPiece(block, recordedFrom, 4); piece; piece = nextPiece(block, recordedFrom, 4)) {
      const { before, events: part } = deliveryOf(block, piece);
      expect(before).to.deep.equal(foldHistory(block.before, 107n, events.slice(0, piece.start)));
      expect(part).to.deep.equal(events.slice(piece.start, piece.end));
      recordedFrom = before.nonce + 1n;
      pieces.push([piece.start, piece.end]);
    }
    expect(pieces).to.deep.equal([
      [6, 10],
      [2, 6],
      [0, 2],
    ]);
    // Somebody else's piece may begin anywhere; one that begins after the block's end is none of it.
    expect(nextPiece(block, 4n, 4)).to.deep.equal({ start: 0, end: 2 });
    expect(nextPiece(block, 99n, 4)).to.deep.equal({ start: 6, end: 10 });
  });

  it('the largest piece fits a transaction', () => {
    const events = Array.from({ length: MAX_EVENTS_A_DELIVERY }, (): StakeEvent => {
      return { kind: 'remove', staker: staker('A'), amount: 2n ** 256n - 1n };
    });
    const before = { nonce: 2n ** 64n - 1n, accumulator: `0x${'ff'.repeat(32)}` } as const;
    const bytes = encodeTransaction({
      transaction: { type: 'events', height: 2n ** 64n - 1n, before, events },
      signature: new Uint8Array(65),
    });
    expect(bytes.length).to.be.at.most(Number(MAX_TX_BYTES));
  });
});
