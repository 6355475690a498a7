// Reorgs of depth 1 to x + 3 on a real chain, before anybody voted, between the votes of two and those of the other two, and
// after finality: the ledger is the canonical chain's, or every latch is closed and says which block.

import { expect } from 'chai';
import { ReorgNetwork, X } from './reorg-network.ts';

const SEED = Number(process.env.PEG_TEST_SEED ?? 20_266);
/** Blocks of the first branch: the deepest reorg drops all of them, of which the first few are mature. */
const LENGTH = X + 3;
const DEPTHS = Array.from({ length: LENGTH }, (_, index) => index + 1);

const ALL = [0, 1, 2, 3];

const PHASES = ['before a vote', 'between the votes', 'after finality'] as const;

interface Cell {
  readonly phase: (typeof PHASES)[number];
  readonly depth: number;
  readonly outcome: string;
}

const TABLE: Cell[] = [];

describe('reorgs on a real chain', function () {
  this.timeout(240_000);

  after(() => {
    const row = (texts: readonly string[]) => `      ${texts.map((text) => text.padEnd(20)).join(' ')}`.trimEnd();
    console.log(row([`x = ${X}`, ...PHASES]));
    for (const depth of DEPTHS)
      console.log(
        row([
          `depth ${depth}`,
          ...PHASES.map((phase) => TABLE.find((cell) => cell.phase === phase && cell.depth === depth)?.outcome ?? '–'),
        ]),
      );
  });

  let network: ReorgNetwork;
  /** The network must end at the canonical chain's ledger, with all witnesses at work. */
  async function expectCanonical(phase: Cell['phase'], depth: number, head: bigint): Promise<void> {
    await network.chain.mine(X);
    await network.settled(head);
    expect(await network.finalHash(head)).to.equal(await network.canonicalHash(head));
    await network.compare();
    expect(network.witnesses.map(({ latch }) => latch)).to.deep.equal([undefined, undefined, undefined, undefined]);
    TABLE.push({ phase, depth, outcome: 'canonical' });
  }

  describe('not yet final', () => {
    before(async () => {
      network = await ReorgNetwork.start(SEED);
    });
    after(() => network?.close());
    afterEach(() => network.release());

    for (const depth of DEPTHS)
      it(`depth ${depth} before a vote: the ledger is the canonical chain's`, async () => {
        await network.hold(...ALL);
        await network.mineStakes(LENGTH);
        const head = await network.reorg(depth);
        network.release();
        await expectCanonical('before a vote', depth, head);
      });

    for (const depth of DEPTHS)
      it(`depth ${depth} after two of four voted: the ledger is the canonical chain's`, async () => {
        await network.hold(2, 3);
        const mature = (await network.mineStakes(LENGTH)) - BigInt(X);
        await network.voted(mature, 0, 1);
        const before = await network.state();
        expect(before.matureEthBlock).to.be.lessThan(Number(mature) - 2);
        const head = await network.reorg(depth);
        network.release();
        await expectCanonical('between the votes', depth, head);
      });
  });

  describe('after finality', () => {
    afterEach(() => network?.close());

    const finalBranch = async (seed: number): Promise<bigint> => {
      network = await ReorgNetwork.start(seed);
      const mature = (await network.mineStakes(LENGTH)) - BigInt(X);
      await network.settled(mature);
      return mature;
    };

    for (const depth of DEPTHS.filter((blocks) => blocks <= X))
      it(`depth ${depth}: the ledger is the canonical chain's`, async () => {
        await finalBranch(SEED + depth);
        await expectCanonical('after finality', depth, await network.reorg(depth));
      });

    for (const depth of DEPTHS.filter((blocks) => blocks > X))
      it(`depth ${depth}: nothing changes, every latch closes and names the block`, async () => {
        const mature = await finalBranch(SEED + depth);
        const hash = await network.finalHash(mature);
        const before = await network.state();
        await network.reorg(depth);
        await network.chain.mine(X + 1);
        await network.latched();
        for (const { latch } of network.witnesses) {
          expect(latch).to.deep.include({ reason: 'hash', block: mature.toString() });
          expect([latch?.peg?.hash, latch?.chain?.hash]).to.deep.equal([hash, await network.canonicalHash(mature)]);
          expect(latch?.message).to.include(hash);
        }
        const after = await network.state();
        expect([after.balances, after.matureEthBlock]).to.deep.equal([before.balances, before.matureEthBlock]);
        TABLE.push({ phase: 'after finality', depth, outcome: 'latch closed' });
      });
  });
});
