// The Hardhat tasks as a user runs them: what they print, what they change, and how each mistake ends.

import process from 'node:process';
import { expect } from 'chai';
import { captureConsole } from '../helpers/captured-console.ts';
import { type LocalProject, openLocalProject } from '../helpers/local-project.ts';

const ALICE = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const STRANGER = `0x${'12'.repeat(20)}`;

describe('the Hardhat tasks', function () {
  // The first deployment compiles the contracts.
  this.timeout(180_000);

  let project: LocalProject;

  /** Runs a task and gives its lines on both outputs; an exit code that it sets is taken back. */
  async function run(task: string, given: Record<string, string> = {}) {
    const before = process.exitCode;
    try {
      const { out, err } = await captureConsole(() => project.hre.tasks.getTask(task).run(given));
      return { out: out.join('\n'), err: err.join('\n'), exitCode: process.exitCode ?? 0 };
    } finally {
      process.exitCode = before;
    }
  }

  before(async () => {
    project = await openLocalProject();
  });
  after(() => project.close());

  it('say what is missing before anything is deployed', async () => {
    const { err, exitCode } = await run('show-stake');
    expect(err).to.match(/^NOT_DEPLOYED: no MakerStaking is written down for chain 1337/);
    expect(exitCode).to.equal(1);
  });

  it('deploy', async () => {
    const { out, err, exitCode } = await run('deploy');
    expect(out).to.match(/MakerStaking {2}0x[0-9a-fA-F]{40}\nPegToken {6}0x[0-9a-fA-F]{40}\non the network localhost$/);
    expect(err).to.equal('');
    expect(exitCode).to.equal(0);
  });

  it('stake, for oneself and for others', async () => {
    const own = await run('stake', { amount: '451736' });
    expect(own.out).to.match(/^staked 451736 for 0xf39F.*, whose stake is now 451736\nevent 1 in block \d+, transaction 0x/);
    const other = await run('stake', { amount: '1203', for: ALICE });
    expect(other.out).to.contain(`staked 1203 for ${ALICE}, whose stake is now 1203\nevent 2 in block `);
  });

  it('unstake', async () => {
    expect((await run('unstake', { amount: '1736' })).out).to.contain('took back 1736 for 0xf39F');
    expect((await run('unstake', { amount: '203', from: ALICE })).out).to.contain(`for ${ALICE}, whose stake is now 1000`);
  });

  it('show-stake', async () => {
    const { out } = await run('show-stake', { staker: ALICE });
    expect(out).to.match(/^contract {6}0x/);
    expect(out).to.contain('(PEG)\ntotal staked  451000\nevents        4\naccumulator   0x');
    expect(out).to.contain(`stake         1000 of ${ALICE}, who holds another 203`);
    expect((await run('show-stake')).out).to.contain('stake         450000 of 0xf39F');
  });

  for (const [name, task, given, code] of [
    ['an amount that is not whole', 'stake', { amount: '1.5' }, 'AMOUNT_INVALID'],
    ['an amount of zero', 'unstake', { amount: '0' }, 'AMOUNT_INVALID'],
    ['an amount with a leading zero', 'stake', { amount: '005' }, 'AMOUNT_INVALID'],
    ['more than the balance', 'stake', { amount: '204', from: ALICE }, 'BALANCE_TOO_LOW'],
    ['more than the stake', 'unstake', { amount: '450001' }, 'STAKE_TOO_LOW'],
    ['an account that the network does not have', 'stake', { amount: '1', from: STRANGER }, 'SIGNER_UNKNOWN'],
    ['a signer that is no address', 'stake', { amount: '1', from: 'alice' }, 'ADDRESS_INVALID'],
    ['a staker that is no address', 'stake', { amount: '1', for: '0x12' }, 'ADDRESS_INVALID'],
    ['an address without a contract', 'show-stake', { contract: STRANGER }, 'NO_CONTRACT_CODE'],
  ] as const) {
    it(`refuse ${name}`, async () => {
      const { out, err, exitCode } = await run(task, given);
      expect(err).to.match(new RegExp(`^${code}: .+$`));
      expect(out).to.equal('');
      expect(exitCode).to.equal(1);
    });
  }
});
