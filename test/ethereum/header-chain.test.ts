import { expect } from 'chai';
import fc from 'fast-check';
import {
  type ChainEffect,
  emptyChain,
  type HeaderChain,
  headerAt,
  PATIENCE,
  stepChain,
  wanted,
} from '../../relayer/ethereum/header-chain.ts';
import type { Header } from '../../relayer/ethereum/types.ts';
import { BlockTree } from '../helpers/block-tree.ts';

/** Names a head and answers what is asked for from the branch of `tip` until nothing is asked for any more. */
function follow(tree: BlockTree, chain: HeaderChain, named: Header, tip = named) {
  const asked: string[] = [];
  let { chain: next, effects } = stepChain(chain, { type: 'head', header: named });
  const all: ChainEffect[] = [...effects];
  for (let want = wanted(next); want !== undefined; want = wanted(next)) {
    asked.push(`${want.for} ${want.from}-${want.to}`);
    const kept = next.headers.length;
    ({ chain: next, effects } = stepChain(next, { type: 'headers', headers: tree.range(tip, want.from, want.to) }));
    all.push(...effects);
    if (effects.some(({ type }) => type === 'abandoned')) break;
    // The endpoint is on another branch than the chain, whose older headers it does not have.
    if (want.for === 'backfill' && next.headers.length === kept) break;
  }
  return { chain: next, effects: all, types: all.map(({ type }) => type), asked };
}

const numbers = (chain: HeaderChain) => chain.headers.map(({ number }) => Number(number));

/** A reorg names exactly the blocks that are not canonical any more, and the last one that still is. */
function assertTrue(tree: BlockTree, effect: ChainEffect, before: readonly Header[]) {
  if (effect.type !== 'reorged') return;
  const now = new Set(tree.path(effect.head).map(({ hash }) => hash));
  expect(effect.dropped).to.deep.equal(before.filter(({ hash }) => !now.has(hash)));
  expect(effect.ancestor).to.deep.equal(before.filter(({ hash }) => now.has(hash)).at(-1));
  expect(effect.added).to.equal(Number(effect.head.number - effect.ancestor.number));
}

describe('header chain', () => {
  const tree = new BlockTree();
  const a100 = tree.grow(tree.genesis, 100, 'a');
  const started = follow(tree, emptyChain(20), a100).chain;

  it('begins with the first head and fills its memory downwards', () => {
    const { chain, types, asked } = follow(tree, emptyChain(20), a100);
    expect(types).to.deep.equal(['advanced']);
    expect(asked).to.deep.equal(['backfill 81-99']);
    expect(chain.headers).to.deep.equal(tree.path(a100, 20));
    expect(headerAt(chain, 85n)?.number).to.equal(85n);
    expect(headerAt(chain, 80n)).to.equal(undefined);
    expect(headerAt(chain, 101n)).to.equal(undefined);
    expect(headerAt(emptyChain(5), 0n)).to.equal(undefined);
  });

  it('fills no further than genesis, and at least two headers are kept', () => {
    const { chain } = follow(tree, emptyChain(20), tree.grow(tree.genesis, 3));
    expect(numbers(chain)).to.deep.equal([0, 1, 2, 3]);
    expect(emptyChain(0).keep).to.equal(2);
  });

  it('known: nothing changes', () => {
    const { chain, effects } = stepChain(started, { type: 'head', header: a100 });
    expect(effects).to.deep.equal([]);
    expect(chain.headers).to.equal(started.headers);
  });

  it('next: the head moves on by one and the oldest header is forgotten', () => {
    const a101 = tree.grow(a100, 1, 'a');
    const { chain, effects, asked } = follow(tree, started, a101);
    expect(effects).to.deep.equal([{ type: 'advanced', head: a101, added: 1 }]);
    expect(asked).to.deep.equal([]);
    expect(chain.headers).to.deep.equal(tree.path(a101, 20));
  });

  it('gap: asks for the headers between and takes all at once', () => {
    const a110 = tree.grow(a100, 10, 'a');
    const { chain, effects, asked } = follow(tree, started, a110);
    expect(asked).to.deep.equal(['branch 101-109']);
    expect(effects).to.deep.equal([{ type: 'advanced', head: a110, added: 10 }]);
    expect(chain.headers).to.deep.equal(tree.path(a110, 20));
  });

  it('gap longer than memory: only what is kept is read, and the lost link is said', () => {
    const far = tree.grow(a100, 500, 'a');
    const { chain, effects, asked } = follow(tree, started, far);
    expect(effects).to.deep.equal([{ type: 'jumped', head: far, from: a100 }]);
    expect(asked).to.deep.equal(['branch 536-599']);
    expect(chain.headers).to.deep.equal(tree.path(far, 20));
  });

  it('fork by one: one ancestor is asked for by its hash', () => {
    const b101 = tree.grow(tree.path(a100).at(-2) as Header, 2, 'b');
    const { chain, effects, asked } = follow(tree, started, b101);
    expect(asked).to.deep.equal(['branch 100-100']);
    expect(effects).to.deep.equal([{ type: 'reorged', head: b101, ancestor: tree.path(a100).at(-2), dropped: [a100], added: 2 }]);
    expect(chain.headers).to.deep.equal(tree.path(b101, 20));
  });

  it('fork to a shorter branch: it is taken at once, however low its head', () => {
    const ancestor = headerAt(started, 90n) as Header;
    const b93 = tree.grow(ancestor, 3, 'b');
    const { chain, types, asked } = follow(tree, started, b93);
    expect(types).to.deep.equal(['reorged']);
    expect(asked[0]).to.equal('branch 91-92');
    expect(chain.headers.at(-1)).to.equal(b93);
    expect(chain.headers).to.deep.equal(tree.path(b93, 20));
  });

  it('fork after a gap: the walk goes on below the old head with growing steps', () => {
    const b120 = tree.grow(headerAt(started, 85n) as Header, 35, 'b');
    const { chain, effects, asked } = follow(tree, started, b120);
    expect(asked.slice(0, 5)).to.deep.equal(['branch 101-119', 'branch 100-100', 'branch 98-99', 'branch 94-97', 'branch 86-93']);
    const [reorg] = effects;
    expect(reorg?.type === 'reorged' && [reorg.ancestor.number, reorg.dropped.length, reorg.added]).to.deep.equal([85n, 15, 35]);
    expect(chain.headers).to.deep.equal(tree.path(b120, 20));
  });

  it('fork below all that is kept: a case of its own, the new branch replaces the chain', () => {
    const b101 = tree.grow(tree.path(a100).at(50) as Header, 51, 'b');
    const { chain, effects } = follow(tree, started, b101);
    expect(effects).to.deep.equal([{ type: 'forked-below', head: b101, lowest: started.headers[0] }]);
    expect(chain.headers).to.deep.equal(tree.path(b101, 20));
  });

  it('another genesis is a fork below all that is kept', () => {
    const other = new BlockTree();
    const short = follow(tree, emptyChain(20), tree.grow(tree.genesis, 2)).chain;
    const foreign: Header = { ...other.genesis, hash: `0x${'11'.repeat(32)}` };
    expect(follow(other, short, foreign).types).to.deep.equal(['forked-below']);
  });

  it('an older head of ours changes nothing until it was named too often: then the chain went back', () => {
    const named = headerAt(started, 95n) as Header;
    let chain = started;
    for (let times = 1; times < PATIENCE; times++) {
      const step = stepChain(chain, { type: 'head', header: named });
      expect(step.effects).to.deep.equal([{ type: 'behind', head: a100, named, times }]);
      ({ chain } = step);
      expect(chain.headers.at(-1)).to.equal(a100);
    }
    const { chain: back, effects } = stepChain(chain, { type: 'head', header: named });
    expect(effects).to.deep.equal([{ type: 'rolled-back', head: named, dropped: tree.range(a100, 96n, 100n) }]);
    expect(back.headers.at(-1)).to.equal(named);
    expect(back.behind).to.equal(0);
  });

  it('the right head in between starts the patience anew', () => {
    const named = headerAt(started, 95n) as Header;
    let chain = started;
    for (let i = 0; i < 5 * PATIENCE; i++) {
      ({ chain } = stepChain(chain, { type: 'head', header: i % PATIENCE === PATIENCE - 1 ? a100 : named }));
      expect(chain.headers.at(-1)).to.equal(a100);
    }
  });

  it('a head below all that is kept counts as older; named too often it is a fork below', () => {
    const low = tree.path(a100).at(40) as Header;
    let chain = started;
    for (let times = 1; times < PATIENCE; times++) ({ chain } = stepChain(chain, { type: 'head', header: low }));
    expect(chain.headers.at(-1)).to.equal(a100);
    expect(stepChain(chain, { type: 'head', header: low }).effects.map(({ type }) => type)).to.deep.equal(['forked-below']);
  });

  it('headers that are not the ancestors asked for: the branch is given up, the chain stands', () => {
    const a110 = tree.grow(a100, 10, 'a');
    const b109 = tree.grow(a100, 9, 'b');
    const { chain, types } = follow(tree, started, a110, b109);
    expect(types).to.deep.equal(['abandoned']);
    expect(chain.headers).to.equal(started.headers);
    expect(wanted(chain)).to.equal(undefined);
  });

  it('of headers that are linked in part only that part is taken', () => {
    const a110 = tree.grow(a100, 10, 'a');
    const step = stepChain(started, { type: 'head', header: a110 });
    const mixed = [...tree.range(tree.grow(a100, 9, 'c'), 101n, 105n), ...tree.range(a110, 106n, 109n)];
    const { chain } = stepChain(step.chain, { type: 'headers', headers: mixed });
    expect(chain.branch.map(({ number }) => number)).to.deep.equal([106n, 107n, 108n, 109n, 110n]);
    expect(wanted(chain)).to.include({ from: 101n, to: 105n });
  });

  it('headers that nobody asked for do nothing', () => {
    expect(stepChain(emptyChain(5), { type: 'headers', headers: [a100] }).chain.headers).to.deep.equal([]);
    expect(stepChain(started, { type: 'headers', headers: [a100] }).chain.headers).to.deep.equal(started.headers);
    expect(wanted(emptyChain(5))).to.equal(undefined);
  });

  it('ends on the endpoint’s branch, linked and bounded, after any sequence of reorgs (against a naive model)', () => {
    const move = fc.record({
      back: fc.nat(30),
      grow: fc.nat(40),
      branch: fc.constantFrom('a', 'b', 'c'),
      polls: fc.integer({ min: 1, max: PATIENCE + 1 }),
    });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 25 }), fc.integer({ min: 2, max: 40 }), (moves, keep) => {
        const forest = new BlockTree();
        let tip = forest.grow(forest.genesis, 50, 'a');
        let chain = follow(forest, emptyChain(keep), tip).chain;
        let model = { head: tip, behind: 0 };
        for (const { back, grow, branch, polls } of moves) {
          const path = forest.path(tip);
          tip = forest.grow(path[Math.max(0, path.length - 1 - back)] as Header, grow, branch);
          for (let i = 0; i < polls; i++) {
            const kept = forest.path(model.head, keep);
            const older =
              tip !== model.head && (kept.some(({ hash }) => hash === tip.hash) || tip.number < (kept[0] as Header).number);
            const behind = older && model.head.hash !== tip.hash ? model.behind + 1 : 0;
            model = behind > 0 && behind < PATIENCE ? { head: model.head, behind } : { head: tip, behind: 0 };
            const before = chain.headers;
            const step = follow(forest, chain, tip);
            for (const effect of step.effects) assertTrue(forest, effect, before);
            expect(step.types).not.to.include('abandoned');
            ({ chain } = step);
            expect(chain.headers.at(-1)?.hash).to.equal(model.head.hash);
            // While the endpoint is behind, its branch may not hold what would fill the memory.
            if (model.behind === 0) expect(chain.headers).to.deep.equal(forest.path(model.head, keep));
            expect(chain.branch).to.deep.equal([]);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('stays linked and bounded when the endpoint moves between any two answers', () => {
    const move = fc.record({ back: fc.nat(12), grow: fc.nat(20), branch: fc.constantFrom('a', 'b') });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const forest = new BlockTree();
        let tip = forest.grow(forest.genesis, 30, 'a');
        const keep = 16;
        let chain = follow(forest, emptyChain(keep), tip).chain;
        for (const { back, grow, branch } of moves) {
          const path = forest.path(tip);
          tip = forest.grow(path[Math.max(0, path.length - 1 - back)] as Header, grow, branch);
          const want = wanted(chain);
          const headers = want === undefined ? [] : forest.range(tip, want.from, want.to);
          ({ chain } = stepChain(chain, headers.length > 0 ? { type: 'headers', headers } : { type: 'head', header: tip }));
          expect(chain.headers.length + chain.branch.length).to.be.at.most(4 * keep + 64);
          for (const list of [chain.headers, chain.branch])
            for (let i = 1; i < list.length; i++) expect(list[i]?.parentHash).to.equal(list[i - 1]?.hash);
        }
        // Once the endpoint stands still, a few polls are enough.
        for (let i = 0; i < PATIENCE; i++) ({ chain } = follow(forest, chain, tip));
        expect(chain.headers).to.deep.equal(forest.path(tip, keep));
      }),
      { numRuns: 200 },
    );
  });
});
