// Queries: any kept height, proofs that hold against the app hash alone, and a clear code for everything else.

import { expect } from 'chai';
import { to0x } from '../../relayer/lib/bytes.ts';
import { decodeBalance, decodeLimit, decodeRound } from '../../relayer/peg/tables.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { verifyProof } from '../../relayer/store/verify-proof.ts';
import { codeName, DrivenPeg, storyOf } from '../helpers/driven-peg.ts';
import { add, StakingHistory, staker } from '../helpers/staking-history.ts';

const history = new StakingHistory(100n).mine(105, add('A', 100n), add('B', 300n));

describe('peg application: queries', () => {
  let peg: DrivenPeg;
  /** App hash by height. */
  let appHashes: Uint8Array[];

  beforeEach(async () => {
    peg = await new DrivenPeg().open(openMemoryStore({ keepVersions: 3 }));
    appHashes = [await peg.initChain()];
    for (const txs of storyOf(peg, history)) appHashes.push((await peg.block(...txs)).answer.appHash);
  });

  const code = async (path: string, options?: { height?: bigint; prove?: boolean }) => codeName(await peg.ask(path, options));

  it('proves a balance, a limit and the round against the app hash of their height', async () => {
    for (const [path, read] of [
      [`/balance/${staker('A')}`, (raw: Uint8Array) => expect(decodeBalance(raw)).to.equal(100n)],
      [
        `/limit/${staker('B')}`,
        (raw: Uint8Array) => expect(decodeLimit(raw)).to.deep.equal({ orderLimit: 750n, streamLimit: 1n }),
      ],
      ['/round', (raw: Uint8Array) => expect(decodeRound(raw)).to.deep.include({ number: 2n, startsAt: 110n })],
    ] as const) {
      const { key, value, proofOps, height } = await peg.ask(path, { prove: true });
      expect(height, path).to.equal(5n);
      const ops = proofOps?.ops ?? [];
      read(value);
      expect(verifyProof(ops, appHashes[5] as Uint8Array, key, value), path).to.equal(true);
      expect(verifyProof(ops, appHashes[4] as Uint8Array, key, value), 'another app hash').to.equal(false);
      expect(verifyProof(ops, appHashes[5] as Uint8Array, key, Uint8Array.of(1)), 'another value').to.equal(false);
      expect(verifyProof(ops, appHashes[5] as Uint8Array, key, undefined), 'absence').to.equal(false);
    }
  });

  it('proves that there is nothing', async () => {
    const { code: ok, key, value, proofOps } = await peg.ask(`/balance/${staker('nobody')}`, { prove: true });
    expect([ok, value.length]).to.deep.equal([0, 0]);
    expect(verifyProof(proofOps?.ops ?? [], appHashes[5] as Uint8Array, key, undefined)).to.equal(true);
  });

  it('answers and proves older heights as long as they are kept', async () => {
    const { value, key, proofOps, height } = await peg.ask('/round', { height: 3n, prove: true });
    expect([height, decodeRound(value).number]).to.deep.equal([3n, 1n]);
    expect(verifyProof(proofOps?.ops ?? [], appHashes[3] as Uint8Array, key, value)).to.equal(true);
    expect(await peg.query('/state', 3n)).to.deep.include({
      lastBlockHeight: 3,
      lastBlockAppHash: to0x(appHashes[3] as Uint8Array),
    });
    expect(await peg.query('/round', 5n)).to.deep.equal(await peg.query('/round'));
    for (const gone of [-1n, 1n, 2n, 6n, 2n ** 62n])
      expect(await code('/round', { height: gone }), `${gone}`).to.equal('QUERY_HEIGHT');
  });

  it('names what is wrong with a query', async () => {
    expect(await code('/nothing')).to.equal('QUERY_PATH');
    expect(await code('')).to.equal('QUERY_PATH');
    expect(await code('/balance/0x12')).to.equal('QUERY_ARGUMENT');
    expect(await code('/final/7')).to.equal('QUERY_NOT_FOUND');
    expect(await code('/state', { prove: true })).to.equal('QUERY_NOT_PROVABLE');
    expect(await code('/nothing', { prove: true })).to.equal('QUERY_PATH');
  });

  it('shows genesis before the first block, without a proof', async () => {
    peg = await new DrivenPeg().open(openMemoryStore());
    const genesis = await peg.initChain();
    expect(await peg.query('/state')).to.deep.include({
      lastBlockHeight: 0,
      lastBlockAppHash: to0x(genesis),
      matureEthBlock: null,
    });
    expect(await code('/round', { prove: true })).to.equal('QUERY_HEIGHT');
    expect(await code('/round', { height: 1n })).to.equal('QUERY_HEIGHT');
  });

  it('tells the domain that signatures are for', async () => {
    const domain = await peg.query<Record<string, unknown>>('/domain');
    expect(domain).to.deep.include({ name: 'OrderStream', version: '1', chainId: 31337, salt: peg.domain?.salt });
  });
});
