import { expect } from 'chai';
import { matureHead } from '../../relayer/witness/finality.ts';

const head = (number: bigint) => ({ number, hash: '0x01', parentHash: '0x00' }) as const;

describe('witness finality rule', () => {
  it('by depth: the block with x blocks above it', () => {
    expect(matureHead(head(110n), undefined, 6n, 'depth')).to.equal(104n);
    expect(matureHead(head(6n), undefined, 6n, 'depth')).to.equal(0n);
    expect(matureHead(head(5n), undefined, 6n, 'depth')).to.equal(undefined);
  });

  it('finality "finalized" needs the tag as well and never falls back to depth', () => {
    expect(matureHead(head(110n), 90n, 6n, 'finalized')).to.equal(90n);
    expect(matureHead(head(110n), 110n, 6n, 'finalized')).to.equal(104n);
    expect(matureHead(head(110n), undefined, 6n, 'finalized')).to.equal(undefined);
  });
});
