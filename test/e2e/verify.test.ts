// `peg verify` as a user runs it, against a running devnet.

import { expect } from 'chai';
import { peg } from '../helpers/peg-process.ts';
import { type RunningDevnet, startRunningDevnet } from '../helpers/running-devnet.ts';

describe('peg verify with a devnet', () => {
  let devnet: RunningDevnet;
  before(async () => {
    devnet = await startRunningDevnet('--no-dashboard');
  });
  after(() => devnet?.close());

  it('proves a limit from height and hash that `peg status` showed', async () => {
    const node = ['--node', devnet.rpcUrl];
    const { height, blockHash } = JSON.parse((await peg(['status', '--json', ...node])).stdout);
    const { limits } = JSON.parse((await peg(['state', '--json', ...node])).stdout);
    const [staker = ''] = Object.keys(limits);
    const trust = ['--trusted-height', `${height}`, '--trusted-hash', blockHash, '--timeout', '60'];
    const { code, stdout, stderr } = await peg(['verify', 'limit', staker, ...trust, ...node, '--json']);
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ kind: 'limit', address: staker, present: true, ...limits[staker] });
  });
});
