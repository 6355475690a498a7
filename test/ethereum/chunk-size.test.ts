import { expect } from 'chai';
import { type ChunkSize, firstChunk, grow, halve } from '../../relayer/ethereum/chunk-size.ts';

describe('chunk size', () => {
  it('doubles up to its bound while answers are quick, and stays when they are slow', () => {
    let chunk = firstChunk(3, 10);
    const sizes = [1, 1, 1].map(() => {
      chunk = grow(chunk, 100);
      return chunk.size;
    });
    expect(sizes).to.deep.equal([6, 10, 10]);
    expect(grow(firstChunk(4, 10), 5_000).size).to.equal(4);
    expect(firstChunk(20, 10).size).to.equal(10);
  });

  it('halves down to one, and then there is nothing left to try', () => {
    const sizes: number[] = [];
    for (let chunk: ChunkSize | undefined = firstChunk(10, 10); chunk !== undefined; chunk = halve(chunk, chunk.size))
      sizes.push(chunk.size);
    expect(sizes).to.deep.equal([10, 5, 3, 2, 1]);
    expect(halve(firstChunk(64, 64), 10)?.size, 'of what was tried').to.equal(5);
  });

  it('grows step by step once it has met a bound', () => {
    expect(grow(halve(firstChunk(8, 64), 8) as ChunkSize, 1).size).to.equal(5);
  });
});
