import { expect } from 'chai';
import fc from 'fast-check';
import type { VerifiedBlock } from '../../relayer/ethereum/types.ts';
import { blockAt, type ChainWindow, commitmentAfter, cutAfter, extend, rebase, tip } from '../../relayer/witness/chain-window.ts';
import { add, remove } from '../helpers/staking-history.ts';
import { ModelChain } from '../sim/chain.ts';
import { ModelView } from '../sim/chain-view.ts';

/** A chain from block 100 on with events in 102 and 104, read up to 105. */
async function fixture(): Promise<{ chain: ModelChain; empty: ChainWindow; blocks: readonly VerifiedBlock[] }> {
  const chain = new ModelChain({ genesisNumber: 100n });
  for (const events of [[], [add('A', 5n), add('B', 7n)], [], [remove('A', 2n)], []]) chain.mine(events);
  const view = new ModelView(chain);
  view.follow();
  const base = chain.at(100n);
  if (base === undefined) throw new Error('no base');
  const empty: ChainWindow = { base: 100n, hash: base.header.hash, commitment: base.commitment, blocks: [] };
  return { chain, empty, blocks: await view.blocks(101n, 105n) };
}

describe('chain window', () => {
  it('links and folds blocks on top of the base', async () => {
    const { chain, empty, blocks } = await fixture();
    const { window, stop } = extend(empty, blocks);
    expect(stop).to.equal(undefined);
    expect(window.blocks.map(({ number, events }) => [number, events.length])).to.deep.equal([
      [101n, 0],
      [102n, 2],
      [103n, 0],
      [104n, 1],
      [105n, 0],
    ]);
    for (const block of window.blocks) expect(commitmentAfter(block)).to.deep.equal(chain.at(block.number)?.commitment);
    expect(blockAt(window, 103n)?.content).to.deep.equal({ hash: chain.at(103n)?.header.hash });
    expect(blockAt(window, 104n)?.content.after).to.deep.equal(chain.at(104n)?.commitment);
    expect(blockAt(window, 100n)).to.equal(undefined);
    expect(blockAt(window, 106n)).to.equal(undefined);
    expect(tip(empty)).to.deep.equal({ number: 100n, hash: empty.hash, commitment: empty.commitment });
  });

  const spoiled: readonly (readonly [string, 'CHAIN_MOVED' | 'FOLD_MISMATCH', (blocks: VerifiedBlock[]) => void])[] = [
    ['a missing log', 'FOLD_MISMATCH', (blocks) => edit(blocks, 1, ({ logs }) => ({ logs: logs.slice(1) }))],
    ['all logs missing', 'FOLD_MISMATCH', (blocks) => edit(blocks, 1, () => ({ logs: [] }))],
    ['logs in another order', 'FOLD_MISMATCH', (blocks) => edit(blocks, 1, ({ logs }) => ({ logs: [...logs].reverse() }))],
    [
      'a changed amount',
      'FOLD_MISMATCH',
      (blocks) => edit(blocks, 1, ({ logs }) => ({ logs: logs.map((log) => ({ ...log, amount: 1n })) })),
    ],
    [
      'nonces with a gap',
      'FOLD_MISMATCH',
      (blocks) => edit(blocks, 1, ({ logs }) => ({ logs: logs.map((log) => ({ ...log, nonce: log.nonce + 1n })) })),
    ],
    [
      'another accumulator',
      'FOLD_MISMATCH',
      (blocks) => edit(blocks, 1, ({ after }) => ({ after: { nonce: after?.nonce ?? 0n, accumulator: '0x00' } })),
    ],
    [
      'another nonce',
      'FOLD_MISMATCH',
      (blocks) => edit(blocks, 1, ({ after }) => ({ after: { nonce: 9n, accumulator: after?.accumulator ?? '0x' } })),
    ],
    [
      'another parent',
      'CHAIN_MOVED',
      (blocks) => edit(blocks, 1, ({ header }) => ({ header: { ...header, parentHash: '0x00' } })),
    ],
    ['a block left out', 'CHAIN_MOVED', (blocks) => blocks.splice(1, 1)],
  ];
  for (const [name, code, spoil] of spoiled)
    it(`stops before a block with ${name}`, async () => {
      const { empty, blocks } = await fixture();
      const bad = [...blocks];
      spoil(bad);
      const { window, stop } = extend(empty, bad);
      expect(window.blocks.map(({ number }) => number)).to.deep.equal([101n]);
      expect(stop?.code).to.equal(code);
      expect(stop?.data.eth_block).to.equal(code === 'CHAIN_MOVED' && name === 'a block left out' ? 103n : 102n);
    });

  it('stops when logs come without the commitment that they must fold to', async () => {
    const { empty, blocks } = await fixture();
    const bare = blocks.map(({ header, logs, checks }) => ({ header, logs, checks }));
    expect(extend(empty, bare).stop?.code).to.equal('FOLD_MISMATCH');
  });

  it('goes on from a later base on the same branch and is void on another', async () => {
    const { empty, blocks } = await fixture();
    const { window } = extend(empty, blocks);
    const later = rebase(window, 104n, blocks[3]?.header.hash ?? '0x');
    expect(later?.blocks.map(({ number }) => number)).to.deep.equal([105n]);
    expect(later?.commitment.nonce).to.equal(3n);
    expect(rebase(window, 100n, window.hash)).to.equal(window);
    expect(rebase(window, 100n, '0x00')).to.equal(undefined);
    expect(rebase(window, 104n, '0x00')).to.equal(undefined);
    expect(rebase(window, 99n, window.hash)).to.equal(undefined);
    expect(rebase(window, 106n, window.hash)).to.equal(undefined);
  });

  it('is the same whatever the pieces in which it was read, cut and moved on', async () => {
    const { empty, blocks } = await fixture();
    const { window: whole } = extend(empty, blocks);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 }), (first, cut) => {
        const part = cutAfter(extend(empty, blocks.slice(0, first)).window, 100n + BigInt(cut));
        const { window } = extend(part, blocks.slice(part.blocks.length));
        expect(window).to.deep.equal(whole);
      }),
    );
  });
});

function edit(blocks: VerifiedBlock[], at: number, change: (block: VerifiedBlock) => Partial<VerifiedBlock>): void {
  const block = blocks[at];
  if (block === undefined) throw new RangeError(`no block at ${at}`);
  const { after, ...rest } = { ...block, ...change(block) };
  blocks[at] = after === undefined ? rest : { ...rest, after };
}
