import { expect } from 'chai';
import fc from 'fast-check';
import { matureHead } from '../../relayer/ethereum/finality.ts';

const head = (number: bigint) => ({ number, hash: '0x01', parentHash: '0x00' }) as const;

describe('finality', () => {
  it('by depth: the block with x blocks above it', () => {
    expect(matureHead(head(110n), undefined, 6n, 'depth')).to.equal(104n);
    expect(matureHead(head(6n), undefined, 6n, 'depth')).to.equal(0n);
    expect(matureHead(head(5n), undefined, 6n, 'depth')).to.equal(undefined);
  });

  it('by the finalized tag as well, and never by depth alone', () => {
    expect(matureHead(head(110n), 90n, 6n, 'finalized')).to.equal(90n);
    expect(matureHead(head(110n), 110n, 6n, 'finalized')).to.equal(104n);
    expect(matureHead(head(110n), undefined, 6n, 'finalized')).to.equal(undefined);
  });

  it('a block may be voted for exactly when it is not above the mature head', () => {
    const height = fc.bigInt(0n, 60n);
    fc.assert(
      fc.property(
        height,
        height,
        fc.option(height, { nil: undefined }),
        fc.bigInt(1n, 20n),
        fc.constantFrom('depth', 'finalized'),
        (n, top, finalized, x, rule) => {
          const mature = matureHead(head(top), finalized, x, rule);
          const covered = rule === 'depth' || (finalized !== undefined && finalized >= n);
          expect(mature !== undefined && n <= mature).to.equal(top >= n + x && covered);
        },
      ),
    );
  });
});
