// Acts for the stakers of a running devnet, one after the other: for the page, and for the activity that keeps it alive. Its
// transactions are no part of the script: what a reorganisation drops of them stays dropped.

import { parseEther } from 'ethers';
import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import { PegToken__factory } from '../../typechain-types/factories/PegToken__factory.ts';
import { type DevnetPort, DevnetRefusal, type DevnetStake, type MinedStake } from '../api/devnet-port.ts';
import { type Bytes, type Hex, hex } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { hasCode } from '../lib/errors.ts';
import { signTransaction } from '../peg/sign-transaction.ts';
import type { Domain, PostTx } from '../peg/types.ts';
import type { Deployment } from './deployment.ts';
import type { EthereumAccess } from './ethereum-access.ts';
import { Outbox } from './outbox.ts';
import { Stakers, stakerWallet } from './stakers.ts';
import { openTreasury } from './treasury.ts';

export interface DeskOptions {
  readonly ethereum: EthereumAccess;
  readonly deployment: Deployment;
  /** Stakers that it knows, from number 0. */
  readonly stakers: number;
  /** Pays for them; otherwise the devnet's own treasury does. */
  readonly deployerKey: Bytes | undefined;
}

const BLOCK_WAIT_MS = 50;
/** Several times what a transaction may cost. */
const LEAST_ETHER = parseEther('0.1');
const staking = MakerStaking__factory.createInterface();
const token = PegToken__factory.createInterface();

export class StakingDesk implements DevnetPort {
  readonly stakers: readonly Hex[];
  readonly #options: DeskOptions;
  readonly #aBlock: () => Promise<void>;
  readonly #signal: AbortSignal;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: DeskOptions, { clock, signal }: { clock: Clock; signal: AbortSignal }) {
    this.#options = options;
    this.#signal = signal;
    this.stakers = Array.from({ length: options.stakers }, (_, index) => stakerWallet(index).address.toLowerCase() as Hex);
    const { mining } = options.ethereum;
    this.#aBlock = () => (mining.controlled ? mining.mine(1) : clock.sleep(BLOCK_WAIT_MS, signal));
  }

  /** Waits for its turn and for the block: two transactions of one account must not take the same nonce. */
  stake(stake: DevnetStake): Promise<MinedStake> {
    const turn = this.#last.then(() => this.#stake(stake));
    this.#last = turn.catch(() => {});
    return turn;
  }

  sign(staker: number, domain: Domain, order: PostTx): Bytes {
    this.#addressOf(staker);
    return signTransaction(domain, order, hex(stakerWallet(staker).privateKey));
  }

  /** What a staker has in the contract now, base units. */
  async staked(staker: number): Promise<bigint> {
    const data = staking.encodeFunctionData('stakeOf', [this.#addressOf(staker)]);
    return BigInt(await this.#read(this.#options.deployment.staking, data));
  }

  async #stake(stake: DevnetStake): Promise<MinedStake> {
    const { ethereum, deployment, deployerKey } = this.#options;
    const { staker, action, amount } = stake;
    const staked = await this.staked(staker);
    if (action === 'remove' && amount > staked)
      throw new DevnetRefusal('DEVNET_REFUSED', `staker ${staker} has ${staked} staked and cannot remove ${amount}`, { staker });
    try {
      const outbox = await Outbox.open(ethereum.call, ethereum.chainId);
      const settled = async () => {
        while ((await outbox.resend()) > 0) {
          this.#signal.throwIfAborted();
          await this.#aBlock();
        }
      };
      const treasury = await openTreasury(ethereum.call, deployerKey, this.#aBlock);
      const stakers = new Stakers(outbox, ethereum.mining, deployment, treasury, settled);
      if (!(await this.#isFunded(stake))) await stakers.fund([{ ...stake, block: 0 }]);
      await stakers.play([{ ...stake, block: 0 }], () => {});
      const [transaction] = outbox.script as readonly [Hex];
      return { transaction, block: (await outbox.receipt(transaction))?.block ?? 0n };
    } catch (error) {
      if (!hasCode(error, 'TRANSACTION_REVERTED') && !hasCode(error, 'NOT_FUNDED')) throw error;
      throw new DevnetRefusal('DEVNET_REFUSED', error.message, { staker }, { cause: error });
    }
  }

  /** Whether a staker can pay for a transaction and, to stake, has the tokens and has allowed the contract to take them. */
  async #isFunded({ staker, action, amount }: DevnetStake): Promise<boolean> {
    const { ethereum, deployment } = this.#options;
    const address = this.#addressOf(staker);
    const ether = BigInt((await ethereum.call('eth_getBalance', [address, 'latest'])) as string);
    if (ether < LEAST_ETHER) return false;
    if (action === 'remove') return true;
    const allowed = token.encodeFunctionData('allowance', [address, deployment.staking]);
    const owned = token.encodeFunctionData('balanceOf', [address]);
    const amounts = await Promise.all([allowed, owned].map((data) => this.#read(deployment.token, data)));
    return amounts.every((text) => BigInt(text) >= amount);
  }

  #addressOf(staker: number): Hex {
    const address = this.stakers[staker];
    if (address !== undefined) return address;
    throw new DevnetRefusal('DEVNET_REFUSED', `there is no staker ${staker}, the last is ${this.stakers.length - 1}`, { staker });
  }

  async #read(to: Hex, data: string): Promise<string> {
    return (await this.#options.ethereum.call('eth_call', [{ to, data }, 'latest'])) as string;
  }
}
