// A local Ethereum with a token and a staking contract, for tests that need the real thing over HTTP; it can be made
// unreachable and reachable again under the same address.

import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JsonRpcProvider } from 'ethers';
import { startLocalEthereum } from '../../relayer/devnet/local-ethereum.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import { PegToken__factory } from '../../typechain-types/factories/PegToken__factory.ts';

export interface StakingChain {
  readonly url: string;
  readonly contract: Hex;
  readonly token: Hex;
  /** Block before the contract's. */
  readonly startBlock: bigint;
  readonly startBlockHash: Hex;
  /** Mints and stakes for the account with this number; resolves to its address. */
  stake(account: number, amount: bigint): Promise<Hex>;
  /** The same for several accounts, with all stakes in one block. */
  stakeTogether(accounts: readonly number[], amount: bigint): Promise<void>;
  mine(blocks: number): Promise<void>;
  /** While false, connections are cut. */
  reachable: boolean;
  close(): Promise<void>;
}

export async function startStakingChain(): Promise<StakingChain> {
  const ethereum = await startLocalEthereum(0);
  const provider = new JsonRpcProvider(ethereum.url, undefined, { staticNetwork: true, cacheTimeout: -1 });
  const deployer = await provider.getSigner(0);
  const token = await new PegToken__factory(deployer).deploy();
  await token.waitForDeployment();
  const start = await provider.getBlock('latest');
  const staking = await new MakerStaking__factory(deployer).deploy(token);
  await staking.waitForDeployment();
  const contract = (await staking.getAddress()).toLowerCase() as Hex;
  const gate = await startGate(ethereum.url, () => chain.reachable);
  const chain: StakingChain = {
    url: gate.url,
    contract,
    token: (await token.getAddress()).toLowerCase() as Hex,
    startBlock: BigInt(start?.number ?? 0),
    startBlockHash: start?.hash as Hex,
    async stake(account, amount) {
      const signer = await provider.getSigner(account);
      await (await token.mint(signer, amount)).wait();
      await (await token.connect(signer).approve(staking, amount)).wait();
      await (await staking.connect(signer).stake(amount)).wait();
      return signer.address.toLowerCase() as Hex;
    },
    async stakeTogether(accounts, amount) {
      const signers = await Promise.all(accounts.map((account) => provider.getSigner(account)));
      for (const signer of signers) {
        await (await token.mint(signer, amount)).wait();
        await (await token.connect(signer).approve(staking, amount)).wait();
      }
      await provider.send('evm_setAutomine', [false]);
      const sent = [];
      for (const signer of signers) sent.push(await staking.connect(signer).stake(amount, { gasLimit: 500_000n }));
      await provider.send('evm_mine', []);
      await provider.send('evm_setAutomine', [true]);
      await Promise.all(sent.map((transaction) => transaction.wait()));
    },
    mine: async (blocks) => {
      await provider.send('hardhat_mine', [`0x${blocks.toString(16)}`]);
    },
    reachable: true,
    async close() {
      provider.destroy();
      await gate.close();
      await ethereum.close();
    },
  };
  return chain;
}

/** Passes requests on while it is open. */
async function startGate(target: string, isOpen: () => boolean): Promise<{ url: string; close(): Promise<void> }> {
  const server: Server = createServer((incoming, outgoing) => {
    if (!isOpen()) return void incoming.socket.destroy();
    const { method, headers } = incoming;
    const onward = httpRequest(target, { ...(method && { method }), headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
