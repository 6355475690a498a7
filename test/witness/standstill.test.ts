import { expect } from 'chai';
import type { FinalityRule } from '../../relayer/ethereum/finality.ts';
import { type Movement, NO_MOVEMENT, noteMovement, standstill } from '../../relayer/witness/standstill.ts';
import { WitnessBench } from '../helpers/witness-bench.ts';

const LIMITS = { headMs: 60_000, finalizedMs: 300_000 };
const head = (number: bigint, branch = 'aa') => ({ number, hash: `0x${branch.repeat(32)}`, parentHash: '0x' }) as const;

/** Milliseconds, head, finalized. */
type Look = readonly [number, ReturnType<typeof head> | undefined, (bigint | undefined)?];

/** What is said after each look. */
function said(finality: FinalityRule, ...looks: readonly Look[]): unknown[] {
  let movement: Movement = NO_MOVEMENT;
  return looks.map(([nowMs, seen, finalized]) => {
    movement = noteMovement(movement, { head: seen, finalized }, nowMs);
    const reason = standstill(movement, finality, LIMITS, nowMs);
    return reason && [reason.code, reason.data.eth_block, reason.data.age_ms];
  });
}

describe('an Ethereum that stands still', () => {
  it('is told from the limit on, with the block and its age, until the head moves', () => {
    const looks = said('depth', [0, head(9n)], [59_999, head(9n)], [60_000, head(9n)], [99_000, head(9n)], [99_500, head(10n)]);
    expect(looks).to.deep.equal([undefined, undefined, ['HEAD_STANDS', 9n, 60_000], ['HEAD_STANDS', 9n, 99_000], undefined]);
  });

  it('moves by a reorg to the same height, and by one to a lower', () => {
    const looks = said('depth', [0, head(9n)], [50_000, head(9n, 'bb')], [100_000, head(8n, 'bb')], [159_000, head(8n, 'bb')]);
    expect(looks).to.deep.equal([undefined, undefined, undefined, undefined]);
  });

  it('is not told of before there is a head', () => {
    expect(said('finalized', [0, undefined], [1e9, undefined])).to.deep.equal([undefined, undefined]);
  });

  it('includes a finalized block that stands under a head that moves, only where votes wait for it', () => {
    const looks = [0, 1, 2, 3, 4, 5, 6].map((i): Look => [i * 50_000, head(BigInt(i)), i < 1 ? undefined : 0n]);
    expect(said('depth', ...looks, [350_000, head(7n), 0n])).to.deep.equal(Array(8).fill(undefined));
    expect(said('finalized', ...looks, [350_000, head(7n), 0n], [400_000, head(8n), 1n])).to.deep.equal([
      ...Array(7).fill(undefined),
      ['FINALIZED_STANDS', 0n, 300_000],
      undefined,
    ]);
  });

  it('is told once: a head that stands says all', () => {
    const looks = said('finalized', [0, head(9n), 3n], [300_000, head(9n), 3n]);
    expect(looks).to.deep.equal([undefined, ['HEAD_STANDS', 9n, 300_000]]);
  });

  it('has a message that stays the same while nothing moves', () => {
    const movement = noteMovement(NO_MOVEMENT, { head: head(9n), finalized: undefined }, 1_800_000_000_000);
    const messages = [60_000, 70_000].map((ms) => standstill(movement, 'depth', LIMITS, 1_800_000_000_000 + ms)?.message);
    expect(messages[0]).to.equal('the head of Ethereum has been block 9 since 2027-01-15T08:00:00.000Z');
    expect(messages[1]).to.equal(messages[0]);
  });
});

describe('a witness of an Ethereum that stands still', () => {
  const minute = (bench: WitnessBench) => bench.clock.advance(60_000);

  it('falls silent with the reason when all is voted for, and works again with the next block', async () => {
    const bench = new WitnessBench({ periodLength: 1_000 });
    bench.chain.mineTo(111n);
    await bench.run(3);
    const { witness } = bench.seat(1);
    expect([witness.status().state, bench.silence(1)]).to.deep.equal(['working', []]);
    await minute(bench);
    await bench.run(1);
    expect([witness.status().state, bench.silence(1)]).to.deep.equal(['silent', ['HEAD_STANDS']]);
    expect(witness.status().headAgeMs).to.be.at.least(60_000);
    bench.chain.mineTo(112n);
    await bench.run(2);
    expect([witness.status().state, bench.silence(1), bench.peg.mature()]).to.deep.equal(['working', [], 106]);
    expect(witness.status().headAgeMs).to.be.below(60_000);
  });

  it('goes on with what is due, and is not called silent meanwhile', async () => {
    const bench = new WitnessBench({ periodLength: 10_000 });
    bench.chain.mineTo(1_700n);
    await bench.step();
    await minute(bench);
    await bench.run(3);
    expect(bench.seat(1).witness.status().state).to.equal('working');
    await bench.run(12);
    expect(bench.peg.mature()).to.equal(1_694);
    expect(bench.silence(1)).to.deep.equal(['HEAD_STANDS']);
  });

  it('waits for a finalized tag without alarm while it moves, and tells when it does not', async () => {
    const bench = new WitnessBench({ periodLength: 1_000, finality: 'finalized' });
    bench.chain.mineTo(130n);
    for (const { view } of bench.seats) view.finalizedDepth = 20n;
    await bench.run(3);
    const { witness } = bench.seat(1);
    expect([witness.status().state, bench.silence(1)]).to.deep.equal(['working', ['NOT_FINALIZED']]);
    for (let moved = 1n; moved <= 25n; moved++) {
      bench.chain.mineTo(130n + moved);
      for (const { view } of bench.seats) view.finalizedDepth = 20n + moved;
      await bench.clock.advance(50_000);
      await bench.run(1);
    }
    expect([witness.status().state, bench.silence(1)]).to.deep.equal(['silent', ['NOT_FINALIZED', 'FINALIZED_STANDS']]);
    expect(bench.peg.mature(), 'never by a weaker rule').to.equal(110);
    for (const { view } of bench.seats) view.finalizedDepth = 20n;
    await bench.run(4);
    expect([witness.status().state, bench.peg.mature()]).to.deep.equal(['working', 135]);
  });
});
