// The rules of verification at their boundaries, on chains with keys of the test.

import { expect } from 'chai';
import type { CommitSig, Header } from 'cosmjs-types/tendermint/types/types';
import type { LightBlock } from '../../../relayer/comet/light-client/light-block.ts';
import { verifyNativeEd25519 } from '../../../relayer/comet/light-client/native-ed25519.ts';
import {
  type TrustRules,
  verifyAdjacent,
  verifySkipping,
  verifyTrusted,
} from '../../../relayer/comet/light-client/verify-block.ts';
import { verifyCommit } from '../../../relayer/comet/light-client/verify-commit.ts';
import { testValidators } from '../../helpers/engine-genesis.ts';
import { codeThrown } from '../../helpers/error-code.ts';
import { CHAIN, GENESIS_MS, lightChain, type Member, signBlock } from '../../helpers/light-chain.ts';

const keys = testValidators(new Array<number>(12).fill(1)).map(({ key }) => key);
const members = (powers: readonly number[], first = 0): Member[] =>
  powers.map((power, index) => ({ key: keys[first + index] as Member['key'], power: BigInt(power) }));
const block = (blocks: readonly LightBlock[], height: number) => blocks[height - 1] as LightBlock;
const vote = (of: LightBlock, index: number) => of.commit.signatures[index] as CommitSig;
const commitOf = (of: LightBlock, signatures: CommitSig[]): LightBlock => ({ ...of, commit: { ...of.commit, signatures } });

const rules: TrustRules = {
  trustingPeriodMs: 3_600_000,
  maxClockDriftMs: 10_000,
  nowMs: GENESIS_MS + 60_000,
  trustLevel: { numerator: 1n, denominator: 3n },
  verifySignature: verifyNativeEd25519,
};
const codeOfCommit = (of: LightBlock) => codeThrown(() => verifyCommit(of, CHAIN, verifyNativeEd25519));
const codeOfStep = (from: LightBlock, to: LightBlock, changes: Partial<TrustRules> = {}) =>
  codeThrown(() => verifySkipping(from, to, { ...rules, ...changes }));

describe('light client: commit', () => {
  it('counts who signed the block, of all', () => {
    const [, second] = lightChain([members([4, 3, 2, 1]), members([4, 3, 2, 1])], {
      ballots: { 2: ['block', 'block', 'nil', 'absent'] },
    });
    const power = verifyCommit(second as LightBlock, CHAIN, verifyNativeEd25519);
    expect(power).to.deep.equal({ signers: 2, validators: 4, signed: 7n, total: 10n });
  });

  for (const [powers, signed, code] of [
    [[1, 1, 1], 2, 'NOT_ENOUGH_POWER'],
    [[1, 1, 1], 3, 'no error'],
    [[1, 1, 1, 1], 3, 'no error'],
    [[1, 1, 1, 1], 2, 'NOT_ENOUGH_POWER'],
    [[2, 2, 1, 1], 2, 'NOT_ENOUGH_POWER'],
    [[200, 100, 1], 2, 'no error'],
    [[200, 101], 1, 'NOT_ENOUGH_POWER'],
    [[201, 100], 1, 'no error'],
    [[200, 100], 1, 'NOT_ENOUGH_POWER'],
    [[1], 1, 'no error'],
  ] as const)
    it(`of the first ${signed} of powers ${powers}: ${code}`, () => {
      for (const other of ['nil', 'absent'] as const) {
        const ballots = { 1: powers.map((_, index) => (index < signed ? 'block' : other)) } as const;
        expect(codeOfCommit(block(lightChain([members(powers)], { ballots }), 1))).to.equal(code);
      }
    });

  it('is exact at powers beyond 2^53', () => {
    const most = (2n ** 63n - 1n) / 8n;
    const third = most / 3n - 1n;
    const set = (first: bigint): Member[] => [
      { key: keys[0] as Member['key'], power: first },
      { key: keys[1] as Member['key'], power: third },
    ];
    const ballots = { 1: ['block', 'absent'] } as const;
    expect(codeOfCommit(block(lightChain([set(2n * third)], { ballots }), 1))).to.equal('NOT_ENOUGH_POWER');
    expect(codeOfCommit(block(lightChain([set(2n * third + 1n)], { ballots }), 1))).to.equal('no error');
    expect(codeOfCommit(block(lightChain([set(most)], { ballots }), 1))).to.equal('BLOCK_MALFORMED');
  });

  it('does not count a validator twice, wherever it stands', () => {
    const two = block(lightChain([members([1, 1, 1, 1])], { ballots: { 1: ['block', 'block', 'absent', 'absent'] } }), 1);
    const [first, second] = [vote(two, 0), vote(two, 1)];
    expect(codeOfCommit(two)).to.equal('NOT_ENOUGH_POWER');
    expect(codeOfCommit(commitOf(two, [first, second, first, vote(two, 3)]))).to.equal('COMMIT_MISMATCH');
    expect(codeOfCommit(commitOf(two, [first, second, first]))).to.equal('COMMIT_MISMATCH');
    expect(codeOfCommit(commitOf(two, [first, second, first, second, first]))).to.equal('COMMIT_MISMATCH');
    const all = block(lightChain([members([1, 1, 1, 1])]), 1);
    expect(codeOfCommit(commitOf(all, [...all.commit.signatures, vote(all, 0)]))).to.equal('COMMIT_MISMATCH');
    const doubled = signBlock(two.header, [...members([1, 1]), ...members([1, 1])]);
    expect(codeOfCommit(doubled)).to.equal('BLOCK_MALFORMED');
  });

  it('does not take a vote for no block, or of another, for one for the block', () => {
    const [first] = lightChain([members([1, 1, 1, 1])], { ballots: { 1: ['nil', 'block', 'block', 'block'] } });
    const nil = first as LightBlock;
    expect(codeOfCommit(nil)).to.equal('no error');
    const said = commitOf(nil, [{ ...vote(nil, 0), blockIdFlag: 2 }, ...nil.commit.signatures.slice(1)]);
    expect(codeOfCommit(said)).to.equal('SIGNATURE_INVALID');
    const unsaid = commitOf(nil, [vote(nil, 0), { ...vote(nil, 1), blockIdFlag: 3 }, ...nil.commit.signatures.slice(2)]);
    expect(codeOfCommit(unsaid)).to.equal('SIGNATURE_INVALID');
    const lent = commitOf(nil, [
      { ...vote(nil, 1), validatorAddress: vote(nil, 0).validatorAddress },
      ...nil.commit.signatures.slice(1),
    ]);
    expect(codeOfCommit(lent)).to.equal('SIGNATURE_INVALID');
    expect(codeOfCommit(commitOf(nil, [...nil.commit.signatures].reverse()))).to.equal('COMMIT_MISMATCH');
  });

  it('belongs to its chain', () => {
    const [first] = lightChain([members([1])], { chainId: 'another' });
    expect(codeOfCommit(first as LightBlock)).to.equal('CHAIN_ID_DIFFERS');
    const renamed = { ...(first as LightBlock), header: { ...(first as LightBlock).header, chainId: CHAIN } };
    expect(codeOfCommit(renamed)).to.equal('HASH_MISMATCH');
  });
});

describe('light client: step', () => {
  const set = members([1, 1, 1, 1]);
  const chain = lightChain([set, set, set, set, set]);

  it('goes to the next block, and over a gap', () => {
    expect(verifyAdjacent(block(chain, 1), block(chain, 2), rules).hash).to.deep.equal(block(chain, 2).commit.blockId.hash);
    expect(verifySkipping(block(chain, 1), block(chain, 5), rules).power.signed).to.equal(4n);
    expect(codeThrown(() => verifyAdjacent(block(chain, 1), block(chain, 3), rules))).to.equal('HEIGHT_DIFFERS');
  });

  it('begins at the block with the trusted hash only', () => {
    const { hash } = block(chain, 3).commit.blockId;
    expect(verifyTrusted(block(chain, 3), 3n, hash, rules).hash).to.deep.equal(hash);
    const begin = (of: LightBlock, height = 3n) => codeThrown(() => verifyTrusted(of, height, hash, rules));
    expect(begin(block(chain, 4))).to.equal('HEIGHT_DIFFERS');
    expect(begin(block(chain, 4), 4n)).to.equal('TRUSTED_HASH_DIFFERS');
    const forged = lightChain([set, set, members([9])]);
    expect(begin(block(forged, 3))).to.equal('TRUSTED_HASH_DIFFERS');
    expect(begin({ ...block(forged, 3), header: block(chain, 3).header })).to.equal('HASH_MISMATCH');
    expect(begin({ ...block(chain, 3), validators: block(forged, 3).validators })).to.equal('HASH_MISMATCH');
    const unsigned = lightChain([set, set, set], { ballots: { 3: ['block', 'block', 'absent', 'absent'] } });
    expect(codeThrown(() => verifyTrusted(block(unsigned, 3), 3n, block(unsigned, 3).commit.blockId.hash, rules))).to.equal(
      'NOT_ENOUGH_POWER',
    );
  });

  it('never goes back or stands still', () => {
    expect(codeOfStep(block(chain, 3), block(chain, 3))).to.equal('NOT_LATER');
    expect(codeOfStep(block(chain, 3), block(chain, 2))).to.equal('NOT_LATER');
    const later = (change: Partial<Header>) => signBlock({ ...block(chain, 5).header, ...change }, set);
    expect(codeOfStep(block(chain, 2), later({ time: block(chain, 2).header.time }))).to.equal('NOT_LATER');
    expect(codeOfStep(block(chain, 2), later({}))).to.equal('no error');
    expect(codeOfStep(block(chain, 2), later({ chainId: 'another' }))).to.equal('CHAIN_ID_DIFFERS');
  });

  it('ends with the trusting period, to the millisecond', () => {
    const trustedAt = GENESIS_MS + 1000;
    const at = (nowMs: number) => codeOfStep(block(chain, 2), block(chain, 4), { nowMs, trustingPeriodMs: 50_000 });
    expect(at(trustedAt + 49_999)).to.equal('no error');
    expect(at(trustedAt + 50_000)).to.equal('TRUST_EXPIRED');
    const { hash } = block(chain, 2).commit.blockId;
    const begin = (nowMs: number) =>
      codeThrown(() => verifyTrusted(block(chain, 2), 2n, hash, { ...rules, nowMs, trustingPeriodMs: 50_000 }));
    expect([begin(trustedAt + 49_999), begin(trustedAt + 50_000)]).to.deep.equal(['no error', 'TRUST_EXPIRED']);
  });

  it('allows clocks to differ, but no more', () => {
    const headerAt = GENESIS_MS + 3000;
    const at = (nowMs: number) => codeOfStep(block(chain, 1), block(chain, 4), { nowMs, maxClockDriftMs: 500 });
    expect([at(headerAt - 499), at(headerAt - 500)]).to.deep.equal(['no error', 'HEADER_FROM_FUTURE']);
  });

  it('to the next block demands the announced validators and the link back', () => {
    const { header } = block(chain, 2);
    const strangers = members([1, 1, 1, 1], 4);
    const { validatorsHash } = block(lightChain([strangers]), 1).header;
    expect(codeOfStep(block(chain, 1), signBlock({ ...header, validatorsHash }, strangers))).to.equal('HASH_MISMATCH');
    const hash = new Uint8Array(32).fill(1);
    const unlinked = signBlock({ ...header, lastBlockId: { hash, partSetHeader: header.lastBlockId.partSetHeader } }, set);
    expect(codeOfStep(block(chain, 1), unlinked)).to.equal('HASH_MISMATCH');
  });

  describe('over a gap, when the validators change', () => {
    // Of six trusted powers, 1 + 1 is a third exactly and 1 + 1 + 1 is more.
    const old = members([1, 1, 1, 1, 1, 1]);
    const gap = (kept: number, fresh = 1) => {
      const now = [...old.slice(0, kept), ...members([fresh], 8)];
      return lightChain([old, old, now, now]);
    };

    it('more than a third of the trusted must have signed', () => {
      expect(codeOfStep(block(gap(2), 1), block(gap(2), 4))).to.equal('NOT_ENOUGH_TRUST');
      expect(codeOfStep(block(gap(3), 1), block(gap(3), 4))).to.equal('no error');
      const level = { numerator: 2n, denominator: 3n };
      expect(codeOfStep(block(gap(4), 1), block(gap(4), 4), { trustLevel: level })).to.equal('NOT_ENOUGH_TRUST');
      expect(codeOfStep(block(gap(5), 1), block(gap(5), 4), { trustLevel: level })).to.equal('no error');
    });

    it("and more than 2/3 of the block's own", () => {
      const few = gap(3, 2);
      const header = block(few, 4).header;
      const now = [...old.slice(0, 3), ...members([2], 8)];
      expect(codeOfStep(block(few, 1), signBlock(header, now, ['block', 'block', 'block', 'absent']))).to.equal(
        'NOT_ENOUGH_POWER',
      );
      expect(codeOfStep(block(few, 1), signBlock(header, now))).to.equal('no error');
    });

    it('the power that counts is the trusted one, not the one that the block claims', () => {
      const boasting = [{ key: (old[0] as Member).key, power: 1_000_000n }];
      const chain = lightChain([old, old, boasting, boasting]);
      expect(codeOfStep(block(chain, 1), block(chain, 4))).to.equal('NOT_ENOUGH_TRUST');
    });

    it('nobody counts twice', () => {
      const [first] = old as [Member];
      const header = block(gap(2), 4).header;
      const doubled = signBlock(header, [first, first, first, first]);
      expect(codeOfStep(block(gap(2), 1), { ...doubled, validators: block(gap(2), 4).validators })).to.equal('DOUBLE_VOTE');
    });

    it('votes for no block, and wrong signatures, do not count', () => {
      const now = old.slice(0, 3);
      const chain = lightChain([old, old, now, now], { ballots: { 4: ['nil', 'block', 'block'] } });
      expect(codeOfStep(block(chain, 1), block(chain, 4))).to.equal('NOT_ENOUGH_TRUST');
      const full = block(lightChain([old, old, now, now]), 4);
      const turned = Uint8Array.from(vote(full, 1).signature, (byte, index) => (index === 40 ? byte ^ 1 : byte));
      const wrong = commitOf(full, [vote(full, 0), { ...vote(full, 1), signature: turned }, vote(full, 2)]);
      expect(codeOfStep(block(chain, 1), wrong)).to.equal('SIGNATURE_INVALID');
    });
  });
});
