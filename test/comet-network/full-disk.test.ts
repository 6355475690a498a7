// A disk that is full under everything that a node has: state, engine, log. CometBFT's consensus fails then and its process
// goes on answering; the node has to notice, and to go on once there is room.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type CometClient, openCometClient } from '../../relayer/comet/rpc-client.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { eventually } from '../helpers/eventually.ts';
import { peg } from '../helpers/peg-process.ts';
import { type SingleValidator, singleValidator } from '../helpers/single-validator.ts';
import { deployStaking, type StakingDeployment } from '../helpers/staking-deployment.ts';
import { NodeProcess } from './node-process.ts';

const X = 2;
const DISK_MIB = 64;

await describeWithCometBft('CometBFT: a full disk', (binary) => {
  let folder: string;
  let mounted = false;
  let anvil: Anvil;
  let chain: StakingDeployment;
  let validator: SingleValidator;
  let node: NodeProcess | undefined;
  let client: CometClient | undefined;

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'peg-full-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', folder], { stdio: 'ignore' });
      mounted = true;
    } catch {
      // Only root may mount.
      await rm(folder, { recursive: true });
      this.skip();
    }
    anvil = await startAnvil();
    chain = await deployStaking(anvil.rpc);
    const { url } = anvil;
    validator = await singleValidator(folder, { url, ...chain, finalityThreshold: X });
  });
  after(async () => {
    client?.close();
    await node?.close();
    await anvil?.close();
    if (!mounted) return;
    execFileSync('umount', [folder]);
    await rm(folder, { recursive: true });
  });

  const finalTo = async () => {
    const ethereum = (await client?.query('/ethereum')) as { matureEthBlock: number | null } | undefined;
    return BigInt(ethereum?.matureEthBlock ?? 0);
  };

  it('stops the engine until there is room; then all goes on, with nothing lost', async () => {
    const { home, rpcUrl } = validator;
    node = await NodeProcess.start(home, ['--cometbft', binary, '--consensus-restarts', '1000']);
    const running = node;
    client = await openCometClient(rpcUrl, { timeoutMs: 5_000 });
    await chain.stake(1, 5n);
    await chain.mine(X);
    const first = (await chain.head()).number - BigInt(X);
    await eventually('the first stake to be final', async () => (await finalTo()) >= first);
    const engine = await running.enginePid();

    const ballast = join(folder, 'ballast');
    await writeFile(ballast, new Uint8Array(DISK_MIB * 2 ** 20)).catch(() => {});
    await chain.stake(1, 7n);
    await chain.mine(X);
    await eventually('the engine to be stopped', async () => (await running.enginePid()) !== engine);
    expect(running.isRunning).to.equal(true);

    await rm(ballast);
    const second = (await chain.head()).number - BigInt(X);
    await eventually('the second stake to be final', async () => (await finalTo()) >= second);
    expect(running.isRunning).to.equal(true);
    const { code, stdout, stderr } = await peg(['audit', '--json', '--node', rpcUrl, '--ethereum', anvil.url]);
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ events: 2, staked: '12' });
  });
});
