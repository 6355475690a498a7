// Four validators with four equal votes, each on an endpoint of its own before one real anvil: what some of them saw of a branch
// and others did not is then a matter of which endpoint is held back.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareWithContract } from '../../relayer/devnet/contract-ledger.ts';
import { devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import type { StateDocument } from '../../relayer/devnet/result.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { Lifecycle } from '../../relayer/lib/lifecycle.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { nodeConfigSchema } from '../../relayer/node/config-schema.ts';
import { type Consensus, embeddedConsensus } from '../../relayer/node/consensus.ts';
import { type RunningNode, startNode } from '../../relayer/node/start-node.ts';
import type { WitnessStatus } from '../../relayer/witness/status.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { eventually } from '../helpers/eventually.ts';
import { type LyingEndpoint, startLyingEndpoint } from '../helpers/lying-endpoint.ts';
import { deployStaking, type StakingDeployment } from '../helpers/staking-deployment.ts';

/** Blocks that bury a block in these tests. */
export const X = 3;
const POLL_MS = 30;

export class ReorgNetwork {
  readonly anvil: Anvil;
  readonly chain: StakingDeployment;
  readonly #endpoints: readonly LyingEndpoint[];
  readonly #nodes: readonly RunningNode[];
  readonly #lifecycle: Lifecycle;
  #amount = 0n;

  private constructor(
    chain: { anvil: Anvil; staking: StakingDeployment },
    endpoints: readonly LyingEndpoint[],
    nodes: readonly RunningNode[],
    lifecycle: Lifecycle,
  ) {
    [this.anvil, this.chain] = [chain.anvil, chain.staking];
    [this.#endpoints, this.#nodes, this.#lifecycle] = [endpoints, nodes, lifecycle];
  }

  /** Everything final that can be, nothing held back. */
  static async start(seed: number): Promise<ReorgNetwork> {
    const lifecycle = new Lifecycle();
    try {
      const network = await build(seed, lifecycle);
      const { number } = await network.chain.head();
      await network.settled(number - BigInt(X));
      return network;
    } catch (error) {
      await lifecycle.close();
      throw error;
    }

    async function build(from: number, opened: Lifecycle): Promise<ReorgNetwork> {
      const anvil = await startAnvil();
      opened.onClose('anvil', () => anvil.close());
      const staking = await deployStaking(anvil.rpc);
      await staking.mine(2 * X);
      const endpoints: LyingEndpoint[] = [];
      for (let i = 0; i < 4; i++) {
        const endpoint = await startLyingEndpoint({ target: anvil.url, seed: from + i });
        opened.onClose('an endpoint', () => endpoint.close());
        endpoints.push(endpoint);
      }
      const nodes = await startNodes({ anvil, staking }, endpoints, opened);
      return new ReorgNetwork({ anvil, staking }, endpoints, nodes, opened);
    }
  }

  close(): Promise<void> {
    return this.#lifecycle.close();
  }

  /** From now on the endpoints of these validators see no newer block, until `release`. */
  async hold(...validators: readonly number[]): Promise<void> {
    for (const index of validators) await this.#endpoints[index]?.misbehave('has a stale head');
  }

  release(): void {
    for (const endpoint of this.#endpoints) endpoint.heal();
  }

  /** Mines blocks with a stake each, of amounts that no other block has; resolves to the number of the last. */
  async mineStakes(blocks: number): Promise<bigint> {
    for (let i = 0; i < blocks; i++) {
      this.#amount += 1n;
      await this.chain.stake(Number(this.#amount % 5n), this.#amount);
    }
    return (await this.chain.head()).number;
  }

  /** Drops the newest blocks and mines one more than these with other stakes. */
  async reorg(depth: number): Promise<bigint> {
    await this.anvil.rpc('anvil_rollback', depth);
    return this.mineStakes(depth + 1);
  }

  witness(index: number): WitnessStatus {
    return (this.#nodes[index] as RunningNode).witness?.status() as WitnessStatus;
  }

  get witnesses(): readonly WitnessStatus[] {
    return this.#nodes.map((_, index) => this.witness(index));
  }

  /** Votes of these validators reach `block`. */
  async voted(block: bigint, ...validators: readonly number[]): Promise<void> {
    await eventually(`votes for block ${block}`, async () =>
      validators.every((index) => (this.witness(index).witnessedTo ?? 0n) >= block),
    );
  }

  /** All validators hold `block` for final. */
  async settled(block: bigint): Promise<void> {
    await eventually(`block ${block} to be final`, async () => BigInt((await this.state()).matureEthBlock ?? 0) >= block);
  }

  async latched(): Promise<void> {
    await eventually('every latch to close', async () => this.witnesses.every(({ state }) => state === 'latched'));
  }

  async state(): Promise<StateDocument> {
    return (await (this.#nodes[0] as RunningNode).client.query('/state')) as StateDocument;
  }

  /** Throws LEDGER_MISMATCH unless the peg's ledger is the contract's, on the canonical chain, at the last final block. */
  async compare(): Promise<void> {
    const { client } = this.#nodes[0] as RunningNode;
    await compareWithContract({ client, ethereumUrls: [this.anvil.url] }, new AbortController().signal);
  }

  async canonicalHash(block: bigint): Promise<string> {
    return ((await this.anvil.rpc('eth_getBlockByNumber', `0x${block.toString(16)}`, false)) as { hash: string }).hash;
  }

  /** What the peg says a final block's hash is. */
  async finalHash(block: bigint): Promise<string> {
    return ((await (this.#nodes[0] as RunningNode).client.query(`/final/${block}`)) as { hash: string }).hash;
  }
}

async function startNodes(
  { anvil, staking }: { anvil: Anvil; staking: StakingDeployment },
  endpoints: readonly LyingEndpoint[],
  lifecycle: Lifecycle,
): Promise<readonly RunningNode[]> {
  const home = await mkdtemp(join(tmpdir(), 'peg-reorgs-'));
  lifecycle.onClose('the homes', () => rm(home, { recursive: true, force: true }));
  const set = devnetValidators([1, 1, 1, 1]);
  const start = (await anvil.rpc('eth_getBlockByNumber', `0x${staking.startBlock.toString(16)}`, false)) as {
    hash: `0x${string}`;
  };
  const watched = {
    chainId: BigInt((await anvil.rpc('eth_chainId')) as string),
    stakingContract: staking.contract,
    startBlock: staking.startBlock,
    startBlockHash: start.hash,
  };
  const params = { finalityThreshold: BigInt(X), periodLength: 1_000_000n, periodLimit: 1_000n, maxOrderBytes: 1_000n };
  const genesis = devnetGenesis(set, watched, params, new Date(1_785_542_400_000));
  const seats = set.map(({ name, consensusSeed: privateKey }) => ({
    name,
    privateKey,
    home: join(home, name, 'blocks'),
    rpcPort: 0,
  }));
  const context = { clock: systemClock, log: silentLog };
  const consensus = embeddedConsensus({ genesis, nodes: seats, blockIntervalMs: 40 }, context);
  lifecycle.onClose('consensus', () => consensus.close());
  return Promise.all(
    set.map(async ({ name, witnessKey }, index) => {
      const config = nodeConfigSchema.parse({
        home: join(home, name),
        name,
        ethereum: { urls: [endpoints[index]?.url], pollIntervalMs: POLL_MS },
        witness: { pollIntervalMs: POLL_MS },
      });
      const seat = consensus.seats.get(name) as Consensus;
      const node = await startNode(config, { ...context, consensus: seat, genesis, witnessKey });
      lifecycle.onClose(name, () => node.close());
      return node;
    }),
  );
}
