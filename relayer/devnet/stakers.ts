// The people of a devnet: a treasury that deploys and pays, and stakers that play the script. All of them sign with keys that
// follow from their number; only the first transaction, which fills the treasury, is the chain's own account's (or a given key's).

import { parseEther, Wallet } from 'ethers';
import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import { PegToken__factory } from '../../typechain-types/factories/PegToken__factory.ts';
import { to0x } from '../lib/bytes.ts';
import type { Deployment } from './deployment.ts';
import { derivedKey } from './genesis.ts';
import type { Mining } from './mining.ts';
import type { Outbox } from './outbox.ts';
import type { ScriptedStake } from './stakes.ts';

const token = PegToken__factory.createInterface();
const staking = MakerStaking__factory.createInterface();
/** Tokens beyond what the script needs, in base units. */
const POCKET_MONEY = 10n ** 24n;
const GAS = { transfer: 21_000, mint: 150_000, approve: 100_000, stake: 300_000 };

export function stakerWallet(index: number): Wallet {
  return new Wallet(to0x(derivedKey('staker', index)));
}

export class Stakers {
  readonly #outbox: Outbox;
  readonly #mining: Mining;
  readonly #deployment: Deployment;
  readonly #treasury: Wallet;
  readonly #settled: () => Promise<void>;

  constructor(outbox: Outbox, mining: Mining, deployment: Deployment, treasury: Wallet, settled: () => Promise<void>) {
    this.#outbox = outbox;
    this.#mining = mining;
    this.#deployment = deployment;
    this.#treasury = treasury;
    this.#settled = settled;
  }

  /** Gives every staker of the script ether, the tokens that it will stake in all and some to play with, and an allowance. */
  async fund(script: readonly ScriptedStake[]): Promise<void> {
    const needs = new Map<number, bigint>();
    for (const { staker, action, amount } of script) {
      needs.set(staker, (needs.get(staker) ?? POCKET_MONEY) + (action === 'stake' ? amount : 0n));
    }
    await this.#together(async () => {
      for (const [index, amount] of needs) await this.#give(stakerWallet(index).address, amount, index);
    });
    await this.#together(async () => {
      for (const index of needs.keys()) await this.#approve(index);
    });
  }

  /** Sends the script, one Ethereum block per ordinal, from where an earlier run stopped. */
  async play(script: readonly ScriptedStake[], onBlock: (sent: number) => void): Promise<void> {
    let at = this.#outbox.script.length;
    let block = script[at]?.block ?? 0;
    while (at < script.length) {
      const ordinal = script[at]?.block as number;
      const group = script.slice(at).filter((stake) => stake.block === ordinal);
      if (this.#mining.controlled) await this.#mining.mine(ordinal - block);
      await this.#together(async () => {
        for (const stake of group) await this.#send(stake);
      });
      at += group.length;
      block = ordinal + 1;
      onBlock(at);
    }
  }

  /** Sends in one block where the chain lets us, and waits until all is mined. */
  async #together(send: () => Promise<void>): Promise<void> {
    if (this.#mining.controlled) await this.#mining.hold(send);
    else await send();
    await this.#settled();
  }

  async #give(to: string, amount: bigint, index: number): Promise<void> {
    const gift = { to, data: '0x', gasLimit: GAS.transfer, value: parseEther('1') };
    await this.#outbox.send(this.#treasury, gift, `ether for staker ${index}`);
    const data = token.encodeFunctionData('mint', [to, amount]);
    await this.#outbox.send(
      this.#treasury,
      { to: this.#deployment.token, data, gasLimit: GAS.mint },
      `tokens for staker ${index}`,
    );
  }

  #approve(index: number): Promise<string> {
    const data = token.encodeFunctionData('approve', [this.#deployment.staking, 2n ** 256n - 1n]);
    const request = { to: this.#deployment.token, data, gasLimit: GAS.approve };
    return this.#outbox.send(stakerWallet(index), request, `allowance of staker ${index}`);
  }

  #send({ staker, action, amount }: ScriptedStake): Promise<string> {
    const data =
      action === 'stake' ? staking.encodeFunctionData('stake', [amount]) : staking.encodeFunctionData('removeStake', [amount]);
    const what = `${action === 'stake' ? 'stake' : 'removal'} of ${amount} by staker ${staker}`;
    return this.#outbox.send(
      stakerWallet(staker),
      { to: this.#deployment.staking, data, gasLimit: GAS.stake, scripted: true },
      what,
    );
  }
}
