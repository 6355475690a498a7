// What `stake` costs beside OpenZeppelin's ERC-4626 vault over the same token, and what the accumulator adds. These figures
// mean nothing under coverage, which puts calls of its own between the instructions: run that without the suites named gas.

import { expect } from 'chai';
import { type ContractTransactionResponse, MaxUint256 } from 'ethers';
import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import { compileVariant } from '../helpers/contract-variant.ts';
import { freshChain, ONE } from '../helpers/staking-fixture.ts';

const AMOUNT = 123n * ONE;

/** Gas of a call that puts `AMOUNT` in, after an approval, by an account that is new there and again by the same one. */
interface Cost {
  readonly newcomer: bigint;
  readonly known: bigint;
}

type Chain = Awaited<ReturnType<typeof freshChain>>;
type PutIn = (signer: Chain['alice']) => Promise<ContractTransactionResponse>;

async function gasOf(response: Promise<ContractTransactionResponse>): Promise<bigint> {
  const receipt = await (await response).wait();
  if (receipt === null) throw new Error('the transaction was not mined');
  return receipt.gasUsed;
}

describe('gas', () => {
  /** Both contracts in use, somebody else having put something in before; `approval` is what each caller approves. */
  async function measure(approval: bigint): Promise<{ stake: Cost; deposit: Cost; withoutAccumulator: Cost; remove: bigint }> {
    const chain = await freshChain();
    const { ethers, deployer, alice, bob } = chain;
    const token = await ethers.deployContract('PegToken');
    const staking = await ethers.deployContract('MakerStaking', [token]);
    const vault = await ethers.deployContract('ReferenceVault', [token]);
    const bare = compileVariant('MakerStaking', (source) => source.replace(/^\s*accumulator = keccak256\(.*\);\n/m, ''));
    const stakingWithout = await new MakerStaking__factory(MakerStaking__factory.abi, bare, deployer).deploy(token);
    for (const account of [alice, bob]) await token.mint(account, 1_000_000n * ONE);

    const cost = async (target: { getAddress(): Promise<string> }, putIn: PutIn): Promise<Cost> => {
      const address = await target.getAddress();
      const approved = async (account: Chain['alice']) => {
        await token.connect(account).approve(address, approval);
        return gasOf(putIn(account));
      };
      await approved(bob);
      return { newcomer: await approved(alice), known: await approved(alice) };
    };
    return {
      stake: await cost(staking, (signer) => staking.connect(signer).stake(AMOUNT)),
      deposit: await cost(vault, (signer) => vault.connect(signer).deposit(AMOUNT, signer)),
      withoutAccumulator: await cost(stakingWithout, (signer) => stakingWithout.connect(signer).stake(AMOUNT)),
      remove: await gasOf(staking.connect(alice).removeStake(AMOUNT)),
    };
  }

  for (const [name, approval] of [
    ['an approval of the exact amount', AMOUNT],
    ['an approval of more than the amount', 2n * AMOUNT],
    ['an unlimited approval', MaxUint256],
  ] as const) {
    it(`stake costs at most 1.15 times an ERC-4626 deposit, after ${name}`, async () => {
      const { stake, deposit, withoutAccumulator, remove } = await measure(approval);
      for (const staker of ['newcomer', 'known'] as const) {
        const ratio = Number(stake[staker]) / Number(deposit[staker]);
        const accumulator = stake[staker] - withoutAccumulator[staker];
        console.log(
          `      ${staker.padEnd(8)} stake ${stake[staker]}, deposit ${deposit[staker]}: ${ratio.toFixed(3)}; of it the accumulator ${accumulator}`,
        );
        expect(ratio).to.be.at.most(1.15);
        expect(Number(accumulator)).to.be.within(5_000, 6_000);
      }
      console.log(`      removeStake ${remove}`);
    });
  }
});
