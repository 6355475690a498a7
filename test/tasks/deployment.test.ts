// Deploying by the Ignition modules, through the task that users run, and the folder that is written.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'chai';
import { ZeroAddress } from 'ethers';
import type { CodedError } from '../../relayer/lib/errors.ts';
import { type DeploymentChoice, deployStaking } from '../../tasks/deployment.ts';
import { IMakerStaking__factory } from '../../typechain-types/factories/interfaces/IMakerStaking__factory.ts';
import { PegToken__factory } from '../../typechain-types/factories/PegToken__factory.ts';
import { captureConsole } from '../helpers/captured-console.ts';
import { type LocalProject, openLocalProject } from '../helpers/local-project.ts';

const CHOICE: DeploymentChoice = { token: '', yes: false, reset: false };

describe('deploying', function () {
  // The first deployment compiles the contracts.
  this.timeout(180_000);

  let project: LocalProject;
  const deploy = async (choice: Partial<DeploymentChoice> = {}) =>
    (await captureConsole(() => deployStaking(project.hre, { ...CHOICE, ...choice }))).result;
  const failure = (choice: Partial<DeploymentChoice> = {}) =>
    deploy(choice).then(
      () => 'no error',
      (error: CodedError) => error.code,
    );
  const writeParameters = async (parameters: unknown) => {
    const folder = path.join(project.ignition, 'deployments', 'parameters');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'localhost.json'), JSON.stringify(parameters));
  };

  beforeEach(async () => {
    project = await openLocalProject();
  });
  afterEach(() => project.close());

  it('puts a token and the contract on a local chain, and some of the token into the account of the deployer', async () => {
    const deployed = await deploy();
    const { ethers } = await project.hre.network.getOrCreate();
    const [deployer] = await ethers.getSigners();
    if (!deployer || !deployed?.token) throw new Error('nothing was deployed');
    const staking = IMakerStaking__factory.connect(deployed.staking, deployer);
    expect(await staking.token()).to.equal(deployed.token);
    expect(await staking.eventNonce()).to.equal(0n);
    expect(await PegToken__factory.connect(deployed.token, deployer).balanceOf(deployer)).to.equal(10n ** 24n);
  });

  it('writes addresses and journal below deployments/chain-<id>', async () => {
    const deployed = await deploy();
    const folder = path.join(project.ignition, 'deployments', 'chain-1337');
    const addresses = JSON.parse(await readFile(path.join(folder, 'deployed_addresses.json'), 'utf8'));
    expect(addresses).to.deep.equal({ 'Devnet#PegToken': deployed?.token, 'Devnet#MakerStaking': deployed?.staking });
    const journal = (await readFile(path.join(folder, 'journal.jsonl'), 'utf8')).trim().split('\n');
    const receipts = journal.map((line) => JSON.parse(line)).filter(({ type }) => type === 'TRANSACTION_CONFIRM');
    const deployment = receipts.find(({ receipt }) => receipt.contractAddress === deployed?.staking);
    expect(deployment.receipt.blockNumber).to.be.greaterThan(0);
  });

  it('leaves a deployment alone that is there, unless told to forget it', async () => {
    const first = await deploy();
    expect(await deploy()).to.deep.equal(first);
    expect((await deploy({ reset: true, yes: true }))?.staking).not.to.equal(first?.staking);
  });

  it('takes the amount for the deployer from the parameters of the network', async () => {
    await writeParameters({ Devnet: { supply: '5n' } });
    const deployed = await deploy();
    const { ethers } = await project.hre.network.getOrCreate();
    expect(await PegToken__factory.connect(String(deployed?.token), ethers.provider).totalSupply()).to.equal(5n);
  });

  it('deploys over a token that is given or named in the parameters', async () => {
    const { token } = (await deploy()) ?? {};
    if (token === undefined) throw new Error('no token was deployed');
    const { ethers } = await project.hre.network.getOrCreate();
    const given = await deploy({ token });
    expect(given?.token).to.equal(undefined);
    expect(await IMakerStaking__factory.connect(String(given?.staking), ethers.provider).token()).to.equal(token);

    await writeParameters({ MakerStaking: { token } });
    const named = await deploy({ reset: true, yes: true });
    expect(named?.staking).not.to.equal(given?.staking);
    expect(await IMakerStaking__factory.connect(String(named?.staking), ethers.provider).token()).to.equal(token);
  });

  it('refuses a token that is no address, has no code, or was left at zero', async () => {
    expect(await failure({ token: '0x12' })).to.equal('ADDRESS_INVALID');
    expect(await failure({ token: `0x${'12'.repeat(20)}` })).to.equal('NO_CONTRACT_CODE');
    await writeParameters({ MakerStaking: { token: ZeroAddress } });
    expect(await failure()).to.equal('TOKEN_UNKNOWN');
  });
});
