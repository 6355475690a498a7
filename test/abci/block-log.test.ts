// What operators read of the peg: rounds, final blocks, refusals and, loudly, a breach.

import { expect } from 'chai';
import { textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { DrivenPeg, storyOf } from '../helpers/driven-peg.ts';
import { keepLines, type LogLine } from '../helpers/log-lines.ts';
import { add, remove, StakingHistory } from '../helpers/staking-history.ts';

/** Lines of a peg that lives through `history`, with a useless transaction in every block. */
async function linesOf(history: StakingHistory): Promise<readonly LogLine[]> {
  const { log, lines } = keepLines();
  const peg = await new DrivenPeg().open(openMemoryStore(), log);
  for (const txs of storyOf(peg, history)) await peg.block(...txs, peg.post('A', 'early', 99));
  return lines;
}

const messages = (lines: readonly LogLine[], level: LogLine['level']) =>
  lines.filter((line) => line.level === level).map(({ message }) => message);

describe('block log', () => {
  it('has a line for each block and each turn that it brought', async () => {
    const lines = await linesOf(new StakingHistory(100n).mine(105, add('A', 100n)));
    expect(messages(lines, 'info')).to.deep.equal(['genesis state was built', 'round was adopted', 'round was adopted']);
    expect(messages(lines, 'error')).to.deep.equal([]);
    const blocks = lines.filter(({ message }) => message === 'block was committed');
    expect(blocks.map(({ fields }) => fields.height)).to.deep.equal([1n, 2n, 3n, 4n, 5n]);
    expect(blocks[0]?.fields).to.deep.include({ txs: 2, refused: 1 });
    expect(blocks[0]?.fields.app_hash).to.match(/^0x[0-9a-f]{64}$/);
    expect(lines.filter(({ message }) => message === 'Ethereum block became final')).to.have.length(10);
    expect(lines.find(({ message }) => message === 'transaction was refused')?.fields).to.deep.include({
      codespace: 'order',
      code: 1,
    });
  });

  it('says loudly that ledger and contract have parted', async () => {
    const lines = await linesOf(new StakingHistory(100n).mine(105, remove('C', 40n)));
    expect(messages(lines, 'error')).to.deep.equal(['ledger and contract have parted']);
    const [breach] = lines.filter(({ level }) => level === 'error');
    expect(breach?.fields).to.have.property('height', 3n);
  });

  it('says what became of a motion', async () => {
    const { log, lines } = keepLines();
    const peg = await new DrivenPeg().open(openMemoryStore(), log);
    const motion = { expiry: 9n, changes: [{ type: 'periodLimit', value: 7n }] } as const;
    const voices = [1, 2, 3].map((number) =>
      peg.sign(peg.witnessKey(number), { type: 'govern', sequence: 1n, support: true, motion }),
    );
    expect((await peg.block(...voices)).codes).to.deep.equal(['ok', 'ok', 'ok']);
    const decided = lines.find(({ message }) => message === 'motion was decided');
    expect(decided?.fields).to.deep.include({ outcome: 'passed', height: 1n });
  });

  it('tells of rejected proposals, reports of misbehaviour and what left the mempool', async () => {
    const { log, lines } = keepLines();
    const peg = await new DrivenPeg().open(openMemoryStore(), log);
    await peg.process({ ...peg.request(), height: 9n });
    await peg.check(textBytes('nonsense'), 1);
    const [guilty] = peg.validators;
    const validator = { address: new Uint8Array(20).fill(7), power: guilty?.power ?? 0n };
    const report = { type: 1, validator, height: 1n, time: { seconds: 0n, nanos: 0 }, totalVotingPower: 4n };
    await peg.decide({ ...peg.request(), misbehavior: [report] });
    expect(messages(lines, 'warn')).to.deep.equal(['proposal was rejected', 'misbehaviour was reported']);
    expect(lines.at(-1)?.fields).to.deep.include({ validator: to0x(validator.address), kind: 'duplicate_vote' });
    expect(messages(lines, 'debug')).to.include('transaction left the mempool');
  });
});
