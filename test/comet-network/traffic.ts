// What a network under test is for: stakers who stake and remove, and post orders, all of it drawn from a seed. It keeps its
// own books, so that afterwards nothing can be missing or there twice unnoticed.

import { HDNodeWallet, JsonRpcProvider, Mnemonic } from 'ethers';
import type { CometClient } from '../../relayer/comet/rpc-client.ts';
import { type Bytes, type Hex, hex, textBytes } from '../../relayer/lib/bytes.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import type { Domain } from '../../relayer/peg/types.ts';
import { MakerStaking__factory } from '../../typechain-types/factories/MakerStaking__factory.ts';
import type { StakingChain } from '../helpers/staking-chain.ts';
import { Random } from '../sim/random.ts';

export interface PostedOrder {
  readonly tx: Bytes;
  readonly round: number;
  readonly poster: Hex;
}

/** Accounts of the chain that stake and post; the first one deployed the contract. */
const STAKERS = [1, 2, 3, 4, 5] as const;
const CHAIN_MNEMONIC = Mnemonic.fromPhrase('test test test test test test test test test test test junk');

export class Traffic {
  /** What the stakers have in the contract. */
  readonly balances = new Map<Hex, bigint>();
  readonly orders: PostedOrder[] = [];
  readonly #chain: StakingChain;
  readonly #provider: JsonRpcProvider;
  readonly #random: Random;
  /** A client of some node that should be up. */
  readonly #anyClient: () => Promise<CometClient>;
  #counter = 0;

  constructor(chain: StakingChain, seed: number, anyClient: () => Promise<CometClient>) {
    this.#chain = chain;
    this.#provider = new JsonRpcProvider(chain.url, undefined, { staticNetwork: true, cacheTimeout: -1 });
    this.#random = new Random(seed);
    this.#anyClient = anyClient;
  }

  /** A stake, a removal of a part or of all, a few Ethereum blocks, a handful of orders. */
  async step(): Promise<void> {
    const account = this.#random.pick(STAKERS);
    if (this.#random.chance(0.3)) await this.remove(account);
    else await this.stake(account);
    await this.#chain.mine(this.#random.between(1, 3));
    for (let i = this.#random.between(1, 4); i > 0; i--) await this.post(this.#random.pick(STAKERS));
  }

  async stake(account: number): Promise<void> {
    const amount = BigInt(this.#random.between(1, 1_000_000)) ** 2n;
    const staker = await this.#chain.stake(account, amount);
    this.balances.set(staker, (this.balances.get(staker) ?? 0n) + amount);
  }

  async remove(account: number): Promise<void> {
    const signer = await this.#provider.getSigner(account);
    const staker = signer.address.toLowerCase() as Hex;
    const balance = this.balances.get(staker) ?? 0n;
    if (balance === 0n) return this.stake(account);
    const amount = this.#random.chance(0.3) ? balance : 1n + (balance - 1n) / 2n;
    await (await MakerStaking__factory.connect(this.#chain.contract, signer).removeStake(amount)).wait();
    if (amount === balance) this.balances.delete(staker);
    else this.balances.set(staker, balance - amount);
  }

  /** An order of the round that some node is in; when no node takes it, it is kept for later all the same. */
  async post(account: number): Promise<void> {
    const wallet = HDNodeWallet.fromMnemonic(CHAIN_MNEMONIC, `m/44'/60'/0'/0/${account}`);
    const poster = wallet.address.toLowerCase() as Hex;
    try {
      const client = await this.#anyClient();
      const { number: round } = (await client.query('/round')) as { number: number };
      const { chainId, ...domain } = (await client.query('/domain')) as Omit<Domain, 'chainId'> & { chainId: number };
      const payload = textBytes(`order ${this.#counter++}`);
      const tx = signTransaction(
        { ...domain, chainId: BigInt(chainId) },
        { type: 'order', round: BigInt(round), payload },
        hex(wallet.privateKey),
      );
      this.orders.push({ tx, round, poster });
      await client.broadcast(tx);
    } catch {
      // The node is down, or goes down at this moment: whoever posts asks another one later, see `postAgain`.
    }
  }

  /** Sends these orders again, as a client does that has not seen them in a block. Gives those that a mempool took. */
  async postAgain(orders: readonly PostedOrder[]): Promise<readonly PostedOrder[]> {
    const client = await this.#anyClient();
    const taken: PostedOrder[] = [];
    for (const order of orders) if ((await client.broadcast(order.tx)).code === 0) taken.push(order);
    return taken;
  }

  close(): void {
    this.#provider.destroy();
  }
}
