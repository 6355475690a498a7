// Two chains that the same validators signed: what a light client says of them, and whom it names.

import { expect } from 'chai';
import { confirmWith, signersOfBoth } from '../../../relayer/comet/light-client/divergence.ts';
import type { LightBlock } from '../../../relayer/comet/light-client/light-block.ts';
import { LightClient } from '../../../relayer/comet/light-client/light-client.ts';
import { verifyNativeEd25519 } from '../../../relayer/comet/light-client/native-ed25519.ts';
import type { VerifiedBlock } from '../../../relayer/comet/light-client/verify-block.ts';
import { to0x } from '../../../relayer/lib/bytes.ts';
import { VirtualClock } from '../../../relayer/lib/clock.ts';
import { hasCode } from '../../../relayer/lib/errors.ts';
import { testValidators } from '../../helpers/engine-genesis.ts';
import { codeRejected } from '../../helpers/error-code.ts';
import { failure } from '../../helpers/failure.ts';
import { chainProvider, GENESIS_MS, lightChain, type Member, signBlock } from '../../helpers/light-chain.ts';

const set: Member[] = testValidators([1, 1, 1, 1]).map(({ key, power }) => ({ key, power: BigInt(power) }));
const chain = lightChain(new Array(10).fill(set));
const first = chain[0] as LightBlock;
const trust = { height: 1n, hash: first.commit.blockId.hash, trustingPeriodMs: 3_600_000 };
const deps = () => ({ clock: new VirtualClock(GENESIS_MS + 60_000), verifySignature: verifyNativeEd25519 });

/** The chain with another block 10, signed as `ballots` say. */
function fork(ballots: readonly ('block' | 'absent')[], height = 10): readonly LightBlock[] {
  const { header } = chain[height - 1] as LightBlock;
  const other = signBlock({ ...header, appHash: Uint8Array.of(99) }, set, ballots);
  return [...chain.slice(0, height - 1), other, ...chain.slice(height)];
}

async function verified(): Promise<VerifiedBlock> {
  const client = await LightClient.open(chainProvider(chain), trust, deps());
  return (await client.verify(10n)).at(-1) as VerifiedBlock;
}

describe('light client: divergence', () => {
  it('names both headers and who signed both', async () => {
    const forked = fork(['block', 'block', 'block', 'absent']);
    const block = await verified();
    const error = await failure(confirmWith(chainProvider(forked, 'second'), block, trust, 0, deps()));
    if (!hasCode(error, 'DIVERGENCE')) throw error;
    const other = forked[9] as LightBlock;
    expect(error.data).to.deep.equal({
      witness: 'second',
      signedBoth: set.slice(0, 3).map(({ key }) => to0x(key.address)),
      blocks: [block, other].map(({ header, commit }) => ({ header, commit })),
    });
    expect(signersOfBoth(block, other)).to.have.length(3);
  });

  it('is not claimed for a block that too few signed', async () => {
    const unsigned = fork(['block', 'block', 'absent', 'absent']);
    expect(await codeRejected(confirmWith(chainProvider(unsigned), await verified(), trust, 0, deps()))).to.equal(
      'WITNESS_FAULTY',
    );
  });

  it('is found from the trusted block on, whatever the second node has before it', async () => {
    const { header } = chain[0] as LightBlock;
    const elsewhere = lightChain(new Array(10).fill(set), { chainId: header.chainId }).map((block, index) =>
      index === 0 ? signBlock({ ...block.header, appHash: Uint8Array.of(1, 2) }, set) : block,
    );
    const forked = [...elsewhere.slice(0, 9), fork(['block', 'block', 'block', 'block'])[9] as LightBlock];
    expect(await codeRejected(confirmWith(chainProvider(forked), await verified(), trust, 0, deps()))).to.equal('WITNESS_FAULTY');
  });

  it('is not asked about when the second node has the block', async () => {
    const witness = chainProvider(chain);
    await confirmWith(witness, await verified(), trust, 0, deps());
    expect(witness.asked).to.deep.equal([10n]);
  });

  it('waits for a second node that is behind, as long as it is told', async () => {
    const block = await verified();
    const clock = new VirtualClock(GENESIS_MS + 60_000);
    let height = 5n;
    const witness = { ...chainProvider(chain), latestHeight: async () => height++ };
    const confirmed = confirmWith(witness, block, trust, 10_000, { ...deps(), clock });
    await clock.advance(2_000);
    await confirmed;
    const late = codeRejected(
      confirmWith({ ...witness, latestHeight: async () => 5n }, block, trust, 1_000, { ...deps(), clock }),
    );
    await clock.advance(2_000);
    expect(await late).to.equal('WITNESS_BEHIND');
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    const stopped = await failure(
      confirmWith({ ...witness, latestHeight: async () => 5n }, block, trust, 60_000, { ...deps(), clock, signal: stop.signal }),
    );
    expect(stopped).to.equal(stop.signal.reason);
  });
});

describe('light client: trust level', () => {
  it('is from a third to all', async () => {
    const open = (numerator: bigint, denominator: bigint) =>
      LightClient.open(chainProvider(chain), { ...trust, trustLevel: { numerator, denominator } }, deps());
    for (const [numerator, denominator] of [
      [1n, 4n],
      [2n, 1n],
      [1n, 0n],
      [-1n, -3n],
    ] as const)
      expect(await failure(open(numerator, denominator))).to.be.instanceOf(RangeError);
    await open(1n, 3n);
    await open(1n, 1n);
  });
});
