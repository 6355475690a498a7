import { expect } from 'chai';
import { retainHeight } from '../../relayer/abci/retain-height.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { DrivenPeg, genesisDocOf } from '../helpers/driven-peg.ts';

describe('retained blocks', () => {
  const rows: readonly (readonly [string, [bigint, number, bigint | undefined, bigint | undefined], bigint])[] = [
    ['all', [1_000n, 0, 1n, undefined], 0n],
    ['as many as wanted', [1_000n, 100, 50n, undefined], 901n],
    ['those that evidence needs', [1_000n, 100, 300n, undefined], 701n],
    ["the engine's own age of evidence", [150_000n, 100, undefined, undefined], 50_001n],
    ['those that the oldest snapshot needs', [1_000n, 100, 50n, 600n], 600n],
    ['no more for a snapshot that is younger', [1_000n, 100, 50n, 990n], 901n],
    ['not before the first', [80n, 100, 50n, undefined], 0n],
    ['not before the first, exactly', [100n, 100, 50n, undefined], 1n],
    ['two, to go back one', [1_000n, 1, 1n, undefined], 999n],
  ];
  for (const [title, [height, retainBlocks, evidenceBlocks, oldest], expected] of rows) {
    it(`keeps ${title}`, () => {
      expect(retainHeight(height, { retainBlocks, evidenceBlocks }, oldest)).to.equal(expected);
    });
  }

  it('are told to the engine at every Commit, by the age of evidence in genesis', async () => {
    const peg = new DrivenPeg();
    const params = {
      block: { max_bytes: '1000000', max_gas: '-1' },
      evidence: { max_age_num_blocks: '3', max_age_duration: '1', max_bytes: '0' },
      validator: { pub_key_types: ['ed25519'] },
      version: { app: '1' },
      abci: { vote_extensions_enable_height: '0' },
    };
    const genesis = { ...genesisDocOf(peg.genesis), consensus_params: params };
    await peg.open(openMemoryStore(), silentLog, { genesis, retainBlocks: 2 });
    const told: bigint[] = [];
    for (let height = 1; height <= 5; height++) {
      await peg.application.finalizeBlock(peg.request());
      told.push((await peg.application.commit()).retainHeight);
      peg.height++;
    }
    expect(told).to.deep.equal([0n, 0n, 1n, 2n, 3n]);
  });
});
