import { expect } from 'chai';
import fc from 'fast-check';
import { defaultAgreement, judge, nthHighest, type Opinion } from '../../relayer/ethereum/agreement.ts';
import type { Header } from '../../relayer/ethereum/types.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';

const SEED = 20_264;
const X = 6n;
const KEPT = 70n;

/** A header of the chain with this name from its fork on, of the common chain below. */
function header(number: bigint, name: string, fork: bigint): Header {
  const hash = (n: bigint): Hex => `0x${n >= fork ? name : 'common'}-${n}` as Hex;
  return { number, hash: hash(number), parentHash: hash(number - 1n) };
}

interface Voice {
  readonly head: number;
  readonly name?: string;
  readonly fork?: number;
  readonly usable?: boolean;
  readonly finalized?: number;
  readonly identity?: string;
}

function opinion({ head, name = 'common', fork = 0, usable = true, finalized, identity }: Voice): Opinion {
  const top = BigInt(head);
  const at = (number: bigint) =>
    number <= top && number > top - KEPT && number >= 0n ? header(number, name, BigInt(fork)) : undefined;
  return { head: at(top), finalized: finalized === undefined ? undefined : BigInt(finalized), usable, identity, at };
}

const said = (required: number, ...voices: readonly Voice[]) => judge(voices.map(opinion), { required, finalityThreshold: X });
const headOf = (judgement: ReturnType<typeof judge>) => judgement.head && Number(judgement.head.number);

describe(`agreement of endpoints (seed ${SEED})`, () => {
  it('wants two of three, rounded up', () => {
    expect([1, 2, 3, 4, 5, 6, 9].map(defaultAgreement)).to.deep.equal([1, 2, 2, 3, 4, 4, 6]);
  });

  it('finds the n-th highest of what is known', () => {
    expect(nthHighest([3n, undefined, 10n, 5n], 2)).to.equal(5n);
    expect(nthHighest([3n, undefined], 2)).to.equal(undefined);
  });

  it('takes one endpoint at its word', () => {
    expect(headOf(said(1, { head: 100 }))).to.equal(100);
    expect(said(1, { head: 100 })).to.include({ agreed: 1, asked: 1 });
  });

  it('takes the head that as many have reached as must agree', () => {
    expect(headOf(said(2, { head: 100 }, { head: 102 }, { head: 40 }))).to.equal(100);
    expect(headOf(said(3, { head: 100 }, { head: 102 }, { head: 98 }))).to.equal(98);
  });

  it('has no head while too few have a say', () => {
    const judgement = said(2, { head: 100 }, { head: 100, usable: false }, { head: 100, usable: false });
    expect([judgement.head, judgement.trouble]).to.deep.equal([undefined, 'too-few']);
    expect(said(1).trouble).to.equal('too-few');
  });

  it('outvotes one of three, and has no head when one of two differs', () => {
    const three = said(2, { head: 100 }, { head: 100, name: 'other', fork: 90 }, { head: 101 });
    expect([headOf(three), three.dissenting, three.agreed, three.asked, three.trouble]).to.deep.equal([
      100,
      [1],
      2,
      3,
      undefined,
    ]);
    const two = said(2, { head: 100 }, { head: 100, name: 'other', fork: 90 });
    expect([two.head, two.trouble, two.dissenting]).to.deep.equal([undefined, 'disagreement', [0, 1]]);
  });

  it('does not mind forks that are not buried yet', () => {
    const judgement = said(2, { head: 100 }, { head: 101, name: 'other', fork: 97 }, { head: 100, name: 'third', fork: 99 });
    expect([headOf(judgement), judgement.dissenting, judgement.agreed]).to.deep.equal([100, [], 3]);
  });

  it('does not take blocks of an invented branch for depth', () => {
    const judgement = said(2, { head: 100 }, { head: 5_000, name: 'other', fork: 101 }, { head: 99 });
    expect(headOf(judgement)).to.equal(99);
  });

  it('calls finalized what as many call so', () => {
    expect(said(2, { head: 100, finalized: 90 }, { head: 100, finalized: 99 }, { head: 100 }).finalized).to.equal(90n);
    expect(said(2, { head: 100, finalized: 90 }, { head: 100 }).finalized).to.equal(undefined);
  });

  it('leaves out who is of another chain', () => {
    const judgement = said(2, { head: 100, identity: 'a' }, { head: 900, identity: 'b' }, { head: 100, identity: 'a' });
    expect([headOf(judgement), judgement.foreign]).to.deep.equal([100, [1]]);
    expect(said(1, { head: 7 }, { head: 9, identity: 'b' }).foreign).to.deep.equal([]);
  });

  it('never calls a block buried that is not so for an honest majority, whatever the others say', () => {
    const honest = fc.record({ head: fc.integer({ min: 80, max: 100 }) });
    const liar = fc.record({
      head: fc.integer({ min: 0, max: 5_000 }),
      name: fc.constantFrom('x', 'y', 'z'),
      fork: fc.integer({ min: 0, max: 200 }),
      finalized: fc.integer({ min: 0, max: 5_000 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.infiniteStream(honest), fc.infiniteStream(liar), (n, truth, lies) => {
        const required = defaultAgreement(n);
        const liars = Math.min(required - 1, n - required);
        const voices = [...take(truth, n - liars), ...take(lies, liars)];
        const judgement = said(required, ...voices);
        if (judgement.head === undefined) return true;
        const { number, hash } = judgement.head;
        const buried = number > X ? number - X : 0n;
        const deep = voices.slice(0, n - liars).filter(({ head }) => BigInt(head) >= buried + X);
        const source = voices.map(opinion).filter(({ at }) => at(number)?.hash === hash);
        return deep.length > 0 && source.some(({ at }) => at(buried)?.hash === `0xcommon-${buried}`);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});

function take<T>(stream: fc.Stream<T>, count: number): readonly T[] {
  return count === 0 ? [] : [...stream.take(count)];
}
