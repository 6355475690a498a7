// A devnet that reads a real anvil through three endpoints which can be told to misbehave, and what its validators voted while
// they did, held against the chain itself.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Devnet, startDevnet } from '../../relayer/devnet/devnet.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { openTransaction } from '../../relayer/peg/opening.ts';
import type { Domain } from '../../relayer/peg/types.ts';
import { readDomain } from '../../relayer/witness/peg-view.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { eventually } from '../helpers/eventually.ts';
import { type LyingEndpoint, startLyingEndpoint } from '../helpers/lying-endpoint.ts';
import { type RecordingLog, recordingLog } from '../helpers/recording-log.ts';
import { deployStaking, type StakingDeployment } from '../helpers/staking-deployment.ts';

/** Blocks that bury a block in these tests. */
export const X = 3;
/** Those that stay honest answer later, so that it is the others who are asked. */
const HONEST_DELAY_MS = 15;

/** One entry of a vote that was in a block of the peg. */
export interface VotedBlock {
  readonly voter: Hex;
  readonly block: bigint;
  readonly hash: Hex;
  /** Time of the peg block, milliseconds since the epoch. */
  readonly votedAt: number;
}

export class FaultBench {
  readonly anvil: Anvil;
  readonly chain: StakingDeployment;
  readonly endpoints: readonly LyingEndpoint[];
  readonly devnet: Devnet;
  readonly log: RecordingLog;
  /** Of the devnet; the validators' own are in it by name. */
  readonly home: string;
  /** When each Ethereum block became mature: the block X above it was mined. */
  readonly matureAt = new Map<bigint, number>();
  readonly #domain: Domain;
  #readTo = 0;

  private constructor(parts: Pick<FaultBench, 'anvil' | 'chain' | 'endpoints' | 'devnet' | 'log' | 'home'>, domain: Domain) {
    ({
      anvil: this.anvil,
      chain: this.chain,
      endpoints: this.endpoints,
      devnet: this.devnet,
      log: this.log,
      home: this.home,
    } = parts);
    this.#domain = domain;
  }

  /** The first `liars` of the endpoints are those that will misbehave. */
  static async start(endpoints: number, liars: number, validators: number, seed: number): Promise<FaultBench> {
    const opened: { close(): Promise<void> }[] = [];
    const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
      opened.push(thing);
      return thing;
    };
    try {
      const home = await mkdtemp(join(tmpdir(), 'peg-faults-'));
      keep({ close: () => rm(home, { recursive: true, force: true }) });
      const anvil = keep(await startAnvil());
      const chain = await deployStaking(anvil.rpc);
      await chain.mine(X + 2);
      const proxies: LyingEndpoint[] = [];
      for (let i = 0; i < endpoints; i++)
        proxies.push(
          keep(await startLyingEndpoint({ target: anvil.url, seed: seed + i, delayMs: i < liars ? 0 : HONEST_DELAY_MS })),
        );
      const log = recordingLog();
      const devnet = keep(
        await startDevnet(
          {
            engine: { kind: 'embedded' },
            powers: Array.from({ length: validators }, () => 1),
            params: { finalityThreshold: BigInt(X), periodLength: 1_000_000n, periodLimit: 1_000n, maxOrderBytes: 1_000n },
            stakes: [],
            ethereumUrls: proxies.map(({ url }) => url),
            home,
            contract: chain.contract,
            http: true,
            blockIntervalMs: 50,
          },
          { log, clock: systemClock, signal: new AbortController().signal, progress: () => {} },
        ),
      );
      const { client } = devnet.validators.all[0] as (typeof devnet.validators.all)[0];
      const bench = new FaultBench({ anvil, chain, endpoints: proxies, devnet, log, home }, await readDomain(client));
      bench.#opened = opened;
      await bench.settled();
      await bench.votes();
      return bench;
    } catch (error) {
      for (const thing of opened.reverse()) await thing.close();
      throw error;
    }
  }

  #opened: { close(): Promise<void> }[] = [];

  async close(): Promise<void> {
    for (const thing of this.#opened.reverse()) await thing.close();
  }

  get client() {
    return (this.devnet.validators.all[0] as (typeof this.devnet.validators.all)[0]).client;
  }

  /** Mines one by one, and notes what became mature. */
  async mine(blocks: number): Promise<void> {
    for (let i = 0; i < blocks; i++) {
      await this.chain.mine(1);
      const { number } = await this.chain.head();
      for (let block = number - BigInt(X); !this.matureAt.has(block) && block > 0n; block--) this.matureAt.set(block, Date.now());
    }
  }

  /** Last final Ethereum block. */
  async mature(): Promise<bigint> {
    const { matureEthBlock } = (await this.client.query('/ethereum')) as { matureEthBlock: number | null };
    return BigInt(matureEthBlock ?? 0);
  }

  /** Until everything that is mature now is final. */
  async settled(deadlineMs = 120_000): Promise<void> {
    await this.mine(X);
    const { number } = await this.chain.head();
    const wanted = number - BigInt(X);
    await eventually(`block ${wanted} to be final`, async () => (await this.mature()) >= wanted, { deadlineMs });
  }

  /** Until every endpoint is alive again and at the head of the chain. */
  async recovered(): Promise<void> {
    await eventually('all endpoints to answer and to be at the head', async () => {
      const { number } = await this.chain.head();
      const [states, heads] = [await this.metric('peg_ethereum_endpoint_state'), await this.metric('peg_ethereum_endpoint_head')];
      // The head may stand still for longer than an alarm takes: nothing is mined meanwhile.
      const answer = [...states.keys()].every((labels) => /state="(alive|stalled)"/.test(labels));
      return answer && [...heads.values()].every((head) => BigInt(head) === number);
    });
  }

  /** The votes of the peg blocks since the last call. */
  async votes(): Promise<readonly VotedBlock[]> {
    const { height } = await this.client.status();
    const votes: VotedBlock[] = [];
    for (let next = this.#readTo + 1; next <= height; next++) {
      const { txs, time } = await this.client.block(next);
      for (const bytes of txs) {
        const opened = openTransaction(this.#domain, bytes);
        if ('code' in opened || opened.transaction.type !== 'witness') continue;
        const { fromBlock, blocks } = opened.transaction;
        for (const [index, { hash }] of blocks.entries())
          votes.push({ voter: opened.signer, block: fromBlock + BigInt(index), hash, votedAt: Date.parse(time) });
      }
    }
    this.#readTo = height;
    return votes;
  }

  /** Those that are not for the block that the chain has at their height. */
  async wrong(votes: readonly VotedBlock[]): Promise<readonly VotedBlock[]> {
    const hashes = new Map<bigint, string>();
    for (const { block } of votes)
      if (!hashes.has(block)) {
        const found = (await this.anvil.rpc('eth_getBlockByNumber', `0x${block.toString(16)}`, false)) as { hash: string } | null;
        hashes.set(block, found?.hash ?? 'no block');
      }
    return votes.filter(({ block, hash }) => hashes.get(block) !== hash);
  }

  /** Milliseconds from maturity to vote, of every vote for a block whose maturity was seen; ascending. */
  delays(votes: readonly VotedBlock[]): readonly number[] {
    return votes
      .flatMap(({ block, votedAt }) => {
        const since = this.matureAt.get(block);
        return since === undefined ? [] : [Math.max(0, votedAt - since)];
      })
      .toSorted((a, b) => a - b);
  }

  /** What a metric of the first validator says, by its labels; only values other than 0. */
  async metric(name: string): Promise<ReadonlyMap<string, number>> {
    const url = this.devnet.validators.all[0]?.httpUrl ?? '';
    const text = await (await fetch(`${url}/metrics`)).text();
    const lines = text.split('\n').flatMap((line) => {
      const [, labels, value] = new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`).exec(line) ?? [];
      return value === undefined || Number(value) === 0 ? [] : [[labels ?? '', Number(value)] as const];
    });
    return new Map(lines);
  }
}

export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? Number.NaN;
}
