// What must hold of a network after whatever was done to it: one history, one state, the contract's balances, and every order
// at most once. Blocks that were compared once are not read again.

import { expect } from 'chai';
import type { NodeStatus } from '../../relayer/comet/answers.ts';
import type { CometClient } from '../../relayer/comet/rpc-client.ts';
import { compareWithContract } from '../../relayer/devnet/contract-ledger.ts';
import type { StateDocument } from '../../relayer/devnet/result.ts';
import { type Hex, toHex } from '../../relayer/lib/bytes.ts';
import { decodeTransaction } from '../../relayer/peg/transaction.ts';
import { request } from '../helpers/anvil.ts';
import { eventually } from '../helpers/eventually.ts';
import type { StakingChain } from '../helpers/staking-chain.ts';
import type { Traffic } from './traffic.ts';

interface HistoryBlock {
  readonly hash: Hex;
  readonly appHash: Hex;
  readonly codes: readonly number[];
  readonly txs: readonly Uint8Array[];
}

/** What the nodes say of themselves, as far as it is looked at here. */
interface NodeState extends StateDocument {
  readonly consensusParams: { readonly finalityThreshold: number };
}

export class History {
  readonly #chain: StakingChain;
  readonly #traffic: Traffic;
  #height = 0;
  /** Hex of each order that a block accepted, in order, once for every time. */
  readonly #accepted: string[] = [];

  constructor(chain: StakingChain, traffic: Traffic) {
    this.#chain = chain;
    this.#traffic = traffic;
  }

  /** Height up to which the nodes have been compared. */
  get height(): number {
    return this.#height;
  }

  /**
   * With the nodes of `clients` up: no order is lost that a client still wants, every stake becomes final, all nodes end at the
   * same height with the same blocks, results and state, and that is the contract's.
   */
  async expectWhole(clients: readonly CometClient[]): Promise<StateDocument> {
    const wanted = await this.#postAgain(await this.#rest(clients));
    const { round } = await this.#rest(clients);
    for (const order of wanted) expect(this.#accepted, `order of round ${round.number}`).to.include(order);
    await this.#untilFinal(clients);
    const state = await this.#rest(clients);
    await this.#expectLedger(state, clients[0] as CometClient);
    this.#expectOrdersOnce(state);
    return state;
  }

  /**
   * Waits until all nodes rest at one height and no round can change before Ethereum has another block, and compares what is new on
   * them.
   */
  async #rest(clients: readonly CometClient[]): Promise<StateDocument> {
    const states = await eventually('all nodes are at one height with nothing left to do', async () => {
      const found = await statesAtRest(clients);
      const head = await this.#head();
      return found?.every((state) => this.#isSettled(state, head)) && found;
    });
    const state = states[0] as NodeState;
    for (const [index, other] of states.entries()) expect(other, `state of ${clients[index]?.url}`).to.deep.equal(state);
    for (; this.#height < state.lastBlockHeight; this.#height++) {
      const at = this.#height + 1;
      const [block, ...others] = await Promise.all(clients.map((client) => blockAt(client, at)));
      for (const [index, other] of others.entries())
        expect(other, `block ${at} of ${clients[index + 1]?.url}`).to.deep.equal(block);
      this.#accepted.push(...acceptedOrders(block as HistoryBlock));
    }
    return state;
  }

  /** Everything mature is final, and the round that follows from it was adopted. */
  #isSettled({ matureEthBlock, round, consensusParams }: NodeState, head: number): boolean {
    const final = matureEthBlock ?? Number(this.#chain.startBlock);
    return final >= head - consensusParams.finalityThreshold && final !== round.endsAt;
  }

  async #head(): Promise<number> {
    return Number(BigInt((await request(this.#chain.url, 'eth_blockNumber', [])) as string));
  }

  /** Sends the orders of this round that no block has; gives those that a mempool took, which nothing can keep out now. */
  async #postAgain({ round }: StateDocument): Promise<readonly string[]> {
    const missing = this.#traffic.orders.filter(
      (order) => order.round === round.number && !this.#accepted.includes(toHex(order.tx)),
    );
    return (await this.#traffic.postAgain(missing)).map(({ tx }) => toHex(tx));
  }

  async #untilFinal(clients: readonly CometClient[]): Promise<void> {
    const head = await this.#head();
    const final = async (client: CometClient) => ((await client.query('/state')) as StateDocument).matureEthBlock ?? 0;
    await eventually(
      `Ethereum block ${head} is final`,
      async () => {
        if ((await Promise.all(clients.map(final))).every((block) => block >= head)) return true;
        await this.#chain.mine(1);
        return undefined;
      },
      { pauseMs: 300 },
    );
  }

  /** Every stake counts once: the peg has the contract's balances, which are those that the traffic remembers. */
  async #expectLedger(state: StateDocument, client: CometClient): Promise<void> {
    expect(state.breach).to.equal(null);
    await compareWithContract({ client, ethereumUrls: [this.#chain.url] }, new AbortController().signal);
    const expected = Object.fromEntries([...this.#traffic.balances].map(([staker, amount]) => [staker, amount.toString()]));
    expect(state.balances).to.deep.equal(expected);
  }

  /** No order is there twice, none is there that nobody posted, and the peg has counted exactly these. */
  #expectOrdersOnce(state: StateDocument): void {
    expect(new Set(this.#accepted).size, 'orders in more than one place').to.equal(this.#accepted.length);
    const posted = new Set(this.#traffic.orders.map(({ tx }) => toHex(tx)));
    expect(
      this.#accepted.filter((order) => !posted.has(order)),
      'orders that nobody posted',
    ).to.deep.equal([]);
    expect(state.orderCounter).to.equal(this.#accepted.length);
  }
}

async function statesAtRest(clients: readonly CometClient[]): Promise<readonly NodeState[] | undefined> {
  const nodes = await Promise.all(clients.map((client) => client.status()));
  // A node that catches up takes no transactions.
  if (nodes.some(({ catchingUp }) => catchingUp)) return undefined;
  const [{ height }] = nodes as [NodeStatus];
  const states = await Promise.all(clients.map((client) => client.query('/state') as Promise<NodeState>));
  const pools = await Promise.all(
    clients.map(async (client) => (await client.call('num_unconfirmed_txs')) as { readonly n_txs: string }),
  );
  const same = nodes.every((node) => node.height === height) && states.every(({ lastBlockHeight }) => lastBlockHeight === height);
  return same && pools.every(({ n_txs }) => n_txs === '0') ? states : undefined;
}

async function blockAt(client: CometClient, height: number): Promise<HistoryBlock> {
  const [{ hash, txs }, { appHash, txResults }] = await Promise.all([client.block(height), client.blockResults(height)]);
  return { hash, txs, appHash, codes: txResults.map(({ code }) => code) };
}

function acceptedOrders({ txs, codes }: HistoryBlock): readonly string[] {
  return txs
    .filter((tx, index) => codes[index] === 0 && decodeTransaction(tx).transaction.type === 'order')
    .map((tx) => toHex(tx));
}
