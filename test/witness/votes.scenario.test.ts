import { expect } from 'chai';
import { add, staker } from '../helpers/staking-history.ts';
import { WitnessBench } from '../helpers/witness-bench.ts';

const E = 10n ** 18n;

/** Heights that a validator's accepted votes cover, from what it handed in. */
function votedBlocks(bench: WitnessBench, number: number): readonly bigint[] {
  return bench
    .sent('witness')
    .filter((vote) => vote.number === number)
    .flatMap(({ transaction }) => transaction.blocks.map((_, i) => transaction.fromBlock + BigInt(i)));
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => BigInt(from + i));

describe('witnesses vote', () => {
  it('A stakes 100e in block 105: no vote for 105 before head 111, then one per witness', async () => {
    const bench = new WitnessBench();
    bench.chain.mineTo(104n);
    bench.chain.mine([add('A', 100n * E)]);
    for (let head = 105n; head <= 110n; head++) {
      bench.chain.mineTo(head);
      await bench.run(2);
      expect(bench.seats.flatMap(({ number }) => votedBlocks(bench, number)).filter((block) => block > head - 6n)).to.deep.equal(
        [],
      );
    }
    expect(bench.peg.mature()).to.equal(104);
    bench.chain.mineTo(111n);
    await bench.run(4);
    for (const { number } of bench.seats) expect(votedBlocks(bench, number).filter((block) => block === 105n).length).to.equal(1);
    expect(bench.peg.balance('A')).to.equal(100n * E);
    expect(bench.peg.mature()).to.equal(105);
    expect(bench.seats.map(({ witness }) => witness.status().state)).to.deep.equal(Array(4).fill('working'));
  });

  it('heads that jump from 110 to 113 in one step: every block exactly one effective vote per validator', async () => {
    const bench = new WitnessBench();
    for (const head of [110n, 113n, 121n]) {
      bench.chain.mineTo(head);
      await bench.run(6);
    }
    for (const { number } of bench.seats) {
      expect(votedBlocks(bench, number)).to.deep.equal(range(101, 115));
      expect(bench.peg.validator(number)).to.deep.include({ revisions: 0, witnessedTo: 115 });
    }
    expect(bench.peg.mature()).to.equal(115);
  });

  for (const head of [110, 111, 112, 200])
    it(`a start at head ${head}: every block exactly one effective vote per validator, rounds one by one`, async () => {
      const bench = new WitnessBench();
      bench.chain.mineTo(BigInt(head));
      await bench.run(40);
      for (const { number } of bench.seats) {
        expect(votedBlocks(bench, number)).to.deep.equal(range(101, head - 6));
        expect(bench.peg.validator(number).revisions).to.equal(0);
      }
      expect(bench.peg.mature()).to.equal(head - 6);
      expect(bench.peg.round().number).to.equal(1 + Math.floor((head - 106) / 10));
    });

  it('catches up 3,000 blocks in votes of 256 within the window', async () => {
    const bench = new WitnessBench({ periodLength: 1_000 });
    bench.chain.mineTo(3_100n);
    await bench.run(40);
    expect(bench.peg.mature()).to.equal(3_094);
    const votes = bench.sent('witness').filter(({ number }) => number === 1);
    expect(Math.max(...votes.map(({ transaction }) => transaction.blocks.length))).to.equal(256);
    expect(votedBlocks(bench, 1)).to.deep.equal(range(101, 3_094));
  });

  it('one vote stays one after any number of steps and restarts', async () => {
    const bench = new WitnessBench();
    bench.chain.mineTo(111n);
    await bench.run(1, 1);
    for (let i = 0; i < 3; i++) {
      bench.restart(1);
      await bench.run(1, 1);
    }
    expect(votedBlocks(bench, 1)).to.deep.equal(range(101, 105));
    expect(bench.peg.validator(1)).to.deep.include({ sequence: 1, totalVotes: 5 });
  });

  it('a lost vote is sent again after a wait, and again', async () => {
    const bench = new WitnessBench();
    let lost = 0;
    bench.loses = ({ transaction }) => transaction.type === 'witness' && lost++ < 2;
    bench.chain.mineTo(111n);
    await bench.run(8, 1);
    const times = bench.sent('witness').map(({ transaction }) => [transaction.sequence, transaction.fromBlock]);
    expect(times).to.deep.equal(Array(3).fill([1n, 101n]));
    expect(bench.peg.validator(1).witnessedTo).to.equal(105);
  });

  it('1 of 4 offline: all is confirmed; 2 offline: nothing is, then all of it', async () => {
    const bench = new WitnessBench();
    bench.chain.mine([add('A', 5n)]);
    bench.chain.mineTo(107n);
    await bench.run(4, 1, 2, 3);
    expect(bench.peg.mature()).to.equal(101);
    bench.chain.mine([add('B', 7n)]);
    bench.chain.mineTo(120n);
    await bench.run(6, 1, 2);
    expect(bench.peg.mature()).to.equal(101);
    await bench.run(8);
    expect(bench.peg.mature()).to.equal(114);
    expect([bench.peg.balance('A'), bench.peg.balance('B')]).to.deep.equal([5n, 7n]);
  });

  it('a vote that names the largest nonce keeps nobody else from voting', async () => {
    const bench = new WitnessBench();
    bench.chain.mineTo(106n);
    await bench.run(1);
    const accumulator = `0x${'11'.repeat(32)}` as const;
    const lie = { hash: accumulator, after: { nonce: 2n ** 64n - 1n, accumulator } };
    expect(bench.peg.block(bench.peg.vote(4, 101, [lie, lie])).codes).to.deep.equal(['ok']);
    bench.chain.mineTo(112n);
    await bench.run(6, 1, 2, 3);
    expect(bench.peg.mature()).to.equal(106);
  });

  it('validators with the most power that there may be vote', async () => {
    const most = 2n ** 60n - 1n;
    const bench = new WitnessBench({ powers: [most - 2n ** 54n - 1n, 2n ** 53n + 1n, 2n ** 53n] });
    bench.chain.mineTo(111n);
    await bench.run(6);
    expect(bench.peg.mature()).to.equal(105);
  });

  it('withheld deliveries: the events wait, visible as missing, and the next in turn steps in', async () => {
    const bench = new WitnessBench();
    bench.chain.mine([add('A', 5n)]);
    bench.chain.mineTo(107n);
    // 101 mod 4 = 1: V2 is first, V3 after 2 s, V4 after 4 s, V1 after 6 s.
    bench.loses = ({ transaction, number }) => transaction.type === 'events' && number !== 4;
    await bench.run(4);
    expect(bench.peg.mature()).to.equal(100);
    expect(bench.peg.votes(101)[0]).to.deep.include({ conf: 4, missing: true });
    expect(new Set(bench.sent('events').map(({ number }) => number))).to.deep.equal(new Set([2, 3]));
    await bench.run(3);
    expect(bench.peg.mature()).to.equal(101);
    expect(bench.peg.balance('A')).to.equal(5n);
    expect(new Set(bench.sent('events').map(({ number }) => number))).to.deep.equal(new Set([2, 3, 4]));
  });

  it('without faults each block of events is delivered once', async () => {
    const bench = new WitnessBench();
    for (let i = 0; i < 40; i++) bench.chain.mine(i % 3 === 0 ? [add('A', 1n), add('B', 2n)] : []);
    await bench.run(20);
    expect(bench.peg.mature()).to.equal(134);
    const heights = bench.sent('events').map(({ transaction }) => transaction.height);
    expect(heights.length).to.equal(new Set(heights).size);
    expect(bench.peg.balance(staker('B'))).to.equal(24n);
  });

  it('a block with more events than one delivery holds goes in pieces, last first', async () => {
    const bench = new WitnessBench();
    const events = Array.from({ length: 9_500 }, (_, i) => add(`many ${i % 50}`, BigInt(i + 1)));
    bench.chain.mine([add('A', 1n)]);
    bench.chain.mine(events);
    bench.chain.mineTo(108n);
    await bench.run(12);
    expect(bench.peg.mature()).to.equal(102);
    // 102 mod 4 = 2: V3 delivers.
    const pieces = bench.sent('events').filter(({ transaction, number }) => transaction.height === 102n && number === 3);
    expect(pieces.map(({ transaction }) => transaction.before.nonce)).to.deep.equal([5_001n, 501n, 1n]);
    expect(Object.keys(bench.peg.view().balances).length).to.equal(51);
  });

  it('what was delivered of a content that lost does not keep a large block’s pieces from the one that stands', async () => {
    const bench = new WitnessBench();
    const events = (who: string) => Array.from({ length: 9_000 }, (_, i) => add(`${who} ${i % 50}`, BigInt(i + 1)));
    bench.chain.mine(events('orphaned'));
    bench.chain.mineTo(107n);
    await bench.run(6, 1, 2);
    expect(bench.peg.votes(101)[0]).to.deep.include({ conf: 2, missing: false });
    // V2, which has voted for the orphaned block, stays away.
    bench.chain.drop(7);
    bench.chain.mine(events('standing'));
    bench.chain.mineTo(109n);
    await bench.run(12, 1, 3, 4);
    expect(bench.peg.mature()).to.equal(103);
    expect(Object.keys(bench.peg.view().balances)).to.have.members([...new Set(events('standing').map(({ staker }) => staker))]);
  });

  it('finality "finalized": waits for the tag, never falls back to depth, and says so', async () => {
    const bench = new WitnessBench({ finality: 'finalized' });
    bench.chain.mineTo(120n);
    await bench.run(2);
    expect(bench.sent('witness')).to.deep.equal([]);
    expect(bench.silence(1)).to.deep.equal(['NOT_FINALIZED']);
    for (const { view } of bench.seats) view.finalizedDepth = 15n;
    await bench.run(4);
    expect(bench.peg.mature()).to.equal(105);
    expect(bench.silence(1)).to.deep.equal(['NOT_FINALIZED']);
    for (const { view } of bench.seats) view.finalizedDepth = 2n;
    await bench.run(6);
    expect(bench.peg.mature()).to.equal(114);
    expect(bench.silence(1)).to.deep.equal([]);
  });

  it('a finalized tag that goes back below the mature block: nothing is withdrawn, and nothing voted for', async () => {
    const bench = new WitnessBench({ finality: 'finalized' });
    bench.chain.mineTo(120n);
    for (const { view } of bench.seats) view.finalizedDepth = 10n;
    await bench.run(6);
    expect(bench.peg.mature()).to.equal(110);
    const sent = bench.handedIn.length;
    for (const { view } of bench.seats) view.finalizedDepth = 50n;
    await bench.run(3);
    expect(bench.handedIn.slice(sent)).to.deep.equal([]);
    expect(bench.silence(1)).to.deep.equal(['NOT_FINALIZED']);
  });
});
