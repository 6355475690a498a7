// The way over many blocks, compared with going block by block.

import { expect } from 'chai';
import fc from 'fast-check';
import { verifyTowards } from '../../../relayer/comet/light-client/bisection.ts';
import type { LightBlock } from '../../../relayer/comet/light-client/light-block.ts';
import { verifyNativeEd25519 } from '../../../relayer/comet/light-client/native-ed25519.ts';
import { type TrustRules, type VerifiedBlock, verifyTrusted } from '../../../relayer/comet/light-client/verify-block.ts';
import { testValidators } from '../../helpers/engine-genesis.ts';
import { codeThrown } from '../../helpers/error-code.ts';
import { GENESIS_MS, lightChain, type Member } from '../../helpers/light-chain.ts';

const keys = testValidators(new Array<number>(20).fill(1)).map(({ key }) => key);
const equal = (...who: number[]): Member[] => who.map((index) => ({ key: keys[index] as Member['key'], power: 1n }));
const rules: TrustRules = {
  trustingPeriodMs: 86_400_000,
  maxClockDriftMs: 0,
  nowMs: GENESIS_MS + 3_600_000,
  trustLevel: { numerator: 1n, denominator: 3n },
  verifySignature: verifyNativeEd25519,
};

function walk(chain: readonly LightBlock[], mostBlocks = 1000): { way: readonly VerifiedBlock[]; asked: number } {
  const [first, last] = [chain[0] as LightBlock, BigInt(chain.length)];
  const steps = verifyTowards(verifyTrusted(first, 1n, first.commit.blockId.hash, rules), last, rules, mostBlocks);
  let [step, asked] = [steps.next(), 0];
  for (; !step.done; asked++) step = steps.next(chain[Number(step.value) - 1] as LightBlock);
  return { way: step.value, asked };
}

describe('light client: bisection', () => {
  it('asks for one block while the validators stay', () => {
    const { way, asked } = walk(lightChain(new Array(100).fill(equal(0, 1, 2, 3))));
    expect([way.length, asked]).to.deep.equal([2, 1]);
  });

  it('asks for few blocks when all validators were replaced one by one', () => {
    const sets = Array.from({ length: 90 }, (_, height) => {
      const first = Math.floor(height / 15);
      return equal(first, first + 1, first + 2, first + 3);
    });
    const { way, asked } = walk(lightChain(sets));
    expect(way.at(-1)?.header.height).to.equal(90n);
    expect(asked).to.be.lessThan(15);
  });

  it('goes block by block where all are replaced at once, and says when that is too far', () => {
    const sets = Array.from({ length: 20 }, (_, height) => equal(height));
    expect(walk(lightChain(sets)).way.length).to.equal(20);
    expect(codeThrown(() => walk(lightChain(sets), 5))).to.equal('TOO_MANY_BLOCKS');
  });

  it('stops at a chain that goes on with validators whom nobody announced', () => {
    const honest = lightChain(new Array(40).fill(equal(0, 1, 2, 3)));
    const forged = lightChain([...new Array(20).fill(equal(0, 1, 2, 3)), ...new Array(20).fill(equal(6, 7, 8, 9))]);
    const mixed = [...honest.slice(0, 20), ...forged.slice(20)];
    expect(codeThrown(() => walk(mixed))).to.equal('HASH_MISMATCH');
  });

  it('does not take a block of another height than it asked for', () => {
    const chain = lightChain(new Array(10).fill(equal(0, 1, 2)));
    expect(codeThrown(() => walk([...chain.slice(0, 9), chain[8] as LightBlock]))).to.equal('HEIGHT_DIFFERS');
  });

  it('reaches what going block by block reaches, whatever the validators do', () => {
    const change = fc.record({
      who: fc.uniqueArray(fc.nat(9), { minLength: 1, maxLength: 6 }),
      blocks: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        const sets = changes.flatMap(({ who, blocks }) => new Array<Member[]>(blocks).fill(equal(...who)));
        const chain = lightChain(sets);
        const { way, asked } = walk(chain);
        expect(way.at(-1)?.hash).to.deep.equal(chain.at(-1)?.commit.blockId.hash);
        expect(asked).to.be.lessThan(chain.length === 1 ? 1 : chain.length);
        const heights = way.map(({ header }) => header.height);
        expect(heights).to.deep.equal([...heights].sort((a, b) => Number(a - b)));
      }),
      { numRuns: 60 },
    );
  }).timeout(60_000);
});
