// The real contract replays the chains of test/vectors/accumulator.json: same nonces, same accumulators, same block numbers
// as the independent implementation. A chain that does not begin at zero is put into the storage slots that IMakerStaking
// promises.

import { expect } from 'chai';
import hre from 'hardhat';
import { type RawCommitment, type RawEvent, readVectors } from '../vectors/read-vectors.ts';

interface Chain {
  readonly name: string;
  readonly onContract: boolean;
  readonly height: string;
  readonly before: RawCommitment;
  readonly events: readonly (RawEvent & { readonly after: RawCommitment })[];
}

const { chains } = readVectors<{ chains: readonly Chain[] }>('accumulator.json');
const RICH = `0x${(10n ** 24n).toString(16)}`;
const TIP = 10n ** 9n;

async function deployed({ before }: Chain) {
  const { ethers, provider } = await hre.network.create();
  const [payer] = await ethers.getSigners();
  if (payer === undefined) throw new Error('the chain has no accounts');
  const token = await ethers.deployContract('PegToken');
  const staking = await ethers.deployContract('MakerStaking', [token]);
  await token.getFunction('mint')(payer, ethers.MaxUint256);
  await token.getFunction('approve')(staking, ethers.MaxUint256);
  const address = await staking.getAddress();
  await provider.request({ method: 'hardhat_setStorageAt', params: [address, '0x0', ethers.toBeHex(before.nonce, 32)] });
  await provider.request({ method: 'hardhat_setStorageAt', params: [address, '0x1', before.accumulator] });
  return { ethers, provider, payer, token, staking };
}

/** Sends the chain's events in their order and mines them as block `height`. */
async function replay(chain: Chain, { ethers, provider, payer, token, staking }: Awaited<ReturnType<typeof deployed>>) {
  const mined = BigInt(await ethers.provider.getBlockNumber());
  await provider.request({ method: 'hardhat_mine', params: [ethers.toQuantity(BigInt(chain.height) - mined - 1n)] });
  await provider.request({ method: 'evm_setAutomine', params: [false] });
  const sent = [];
  // The pool orders by tip, so each transaction gives a little less than the one before.
  let tip = 10_000n * TIP;
  const terms = () => {
    tip -= TIP;
    return { maxPriorityFeePerGas: tip, maxFeePerGas: 100_000n * TIP, gasLimit: 200_000n };
  };
  for (const { kind, staker, amount } of chain.events) {
    if (kind === 'add') {
      sent.push(await staking.getFunction('stakeFor')(staker, amount, terms()));
      continue;
    }
    await provider.request({ method: 'hardhat_impersonateAccount', params: [staker] });
    await provider.request({ method: 'hardhat_setBalance', params: [staker, RICH] });
    const owner = await ethers.getSigner(staker);
    sent.push(await staking.connect(owner).getFunction('removeStake')(amount, terms()));
    await token.connect(owner).getFunction('transfer')(payer, amount, terms());
  }
  await provider.request({ method: 'evm_mine', params: [] });
  for (const transaction of sent) expect((await transaction.wait())?.blockNumber).to.equal(Number(chain.height));
}

describe('MakerStaking: accumulator vectors', () => {
  for (const chain of chains.filter(({ onContract }) => onContract)) {
    it(`the contract folds ${chain.name}`, async () => {
      const network = await deployed(chain);
      await replay(chain, network);
      const { staking } = network;
      const last = chain.events.at(-1)?.after;
      expect([String(await staking.getFunction('eventNonce')()), await staking.getFunction('accumulator')()]).to.deep.equal([
        last?.nonce,
        last?.accumulator,
      ]);
      const { StakeMade, StakeRemoved } = staking.filters;
      const logs = [...(await staking.queryFilter(StakeMade)), ...(await staking.queryFilter(StakeRemoved))];
      const told = logs
        .map(({ eventName, args }) => ({ kind: eventName === 'StakeMade' ? 'add' : 'remove', nonce: args.nonce, args }))
        .sort((a, b) => (a.nonce < b.nonce ? -1 : 1))
        .map(({ kind, nonce, args }) => [String(nonce), kind, String(args.staker).toLowerCase(), String(args.amount)]);
      expect(told).to.deep.equal(chain.events.map(({ kind, staker, amount, after }) => [after.nonce, kind, staker, amount]));
    });
  }
});
