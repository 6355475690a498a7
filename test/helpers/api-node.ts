// One validator in this process with its interface, and no Ethereum: stakes stand in genesis, and the validator's own votes
// move the rounds. For tests of what users meet, with real blocks, signatures and sockets.

import type { Wallet } from 'ethers';
import { PegApplication } from '../../relayer/abci/peg-application.ts';
import { type ApiOptions, type RunningApi, startApi } from '../../relayer/api/start-api.ts';
import { includeTransaction } from '../../relayer/comet/include-transaction.ts';
import { type CometClient, openCometClient } from '../../relayer/comet/rpc-client.ts';
import { type DevnetValidator, devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { type Bytes, type Hex, hex, textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { keccakHex } from '../../relayer/lib/keccak.ts';
import { Lifecycle } from '../../relayer/lib/lifecycle.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { constructMapping, mappingDigest } from '../../relayer/peg/mapping.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import type { Domain, Transaction } from '../../relayer/peg/types.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import type { WitnessStatus } from '../../relayer/witness/status.ts';
import { cometBftEngine, embeddedEngine } from './api-node-engine.ts';
import { eventually } from './eventually.ts';

export interface ApiNodeOptions {
  /** Stake of each staker in genesis, base units; `stakerWallet(i)` signs for the i-th. */
  readonly stakes?: readonly bigint[];
  /** Orders a round. */
  readonly periodLimit?: bigint;
  readonly maxOrderBytes?: bigint;
  readonly keepVersions?: number;
  readonly blockIntervalMs?: number;
  /** Path of CometBFT; the embedded engine when left out. */
  readonly cometBft?: string;
  /** Where the state is kept; in memory when left out. */
  readonly folder?: string;
  readonly api?: Partial<ApiOptions>;
}

export interface ApiNode {
  readonly url: string;
  readonly client: CometClient;
  readonly domain: Domain;
  wallet(staker: number): Wallet;
  /** A signed order as `POST /orders` takes it. */
  order(payload: string | Bytes, options?: { staker?: number; round?: number; type?: 'order' | 'stream' }): Hex;
  /** Any transaction of the validator's witness, in a block. */
  witness(transaction: Transaction): Promise<void>;
  /** Confirms the round to its end and adopts the next one. */
  nextRound(): Promise<number>;
  /** Waits until no block is due and the interface has the last one. */
  quiet(): Promise<void>;
  /** Height of the last block that the interface knows. */
  tip(): Promise<number>;
  /** Ends the interface and starts another one over the same node; `url` changes. */
  restartApi(options?: Partial<ApiOptions>): Promise<void>;
  stopApi(): Promise<void>;
  close(): Promise<void>;
}

const START_BLOCK = 100n;
const PERIOD_LENGTH = 5n;
const ETHEREUM = {
  chainId: 31337n,
  stakingContract: `0x${'c0'.repeat(20)}`,
  startBlock: START_BLOCK,
  startBlockHash: `0x${'01'.repeat(32)}`,
} as const;

/** Starts the node in round 1, whose limits follow from the stakes. */
export async function startApiNode(options: ApiNodeOptions = {}): Promise<ApiNode> {
  const lifecycle = new Lifecycle();
  try {
    return await build(options, lifecycle);
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

async function build(options: ApiNodeOptions, lifecycle: Lifecycle): Promise<ApiNode> {
  const { stakes = [600n, 300n, 100n], periodLimit = 1_000n, maxOrderBytes = 8_192n } = options;
  const balances = stakes.map((stake, index) => [stakerWallet(index).address.toLowerCase() as Hex, stake] as const);
  const [validator] = devnetValidators([1]) as [DevnetValidator];
  const params = { finalityThreshold: 6n, periodLength: PERIOD_LENGTH, periodLimit, maxOrderBytes };
  const doc = devnetGenesis([validator], ETHEREUM, params, new Date(0));
  const snapshot = {
    nonce: stakes.length,
    accumulator: `0x${'02'.repeat(32)}`,
    balances: Object.fromEntries(balances.map(([address, stake]) => [address, stake.toString()])),
  };
  const genesis = { ...doc, app_state: { ...(doc.app_state as object), snapshot } };
  const { keepVersions = 16, folder } = options;
  const store = folder === undefined ? openMemoryStore({ keepVersions }) : await openStore({ folder, keepVersions });
  lifecycle.onClose('the store', () => store.close());
  const application = new PegApplication({ store, log: silentLog });
  const { blockIntervalMs = 20, cometBft } = options;
  const parts = { application, genesis, consensusSeed: validator.consensusSeed, blockIntervalMs };
  const engine = await (cometBft === undefined ? embeddedEngine(parts) : cometBftEngine(cometBft, parts));
  lifecycle.onClose('the engine', () => engine.close());
  const client = await openCometClient(engine.rpcUrl);
  lifecycle.onClose('the client', () => client.close());
  await eventually('the first block', async () => (await client.status()).height > 0);
  const answer = (await client.query('/domain')) as Omit<Domain, 'chainId'> & { chainId: number };
  const domain: Domain = { ...answer, chainId: BigInt(answer.chainId) };

  let api: RunningApi | undefined;
  lifecycle.onClose('the interface', () => api?.close());
  const round = async () => (await client.query('/round')) as { number: number; endsAt: number };
  const node: ApiNode = {
    get url() {
      return api?.url ?? '';
    },
    client,
    domain,
    wallet: stakerWallet,
    order(payload, { staker = 0, round: number = 1, type = 'order' } = {}) {
      const bytes = typeof payload === 'string' ? textBytes(payload) : payload;
      const key = hex(stakerWallet(staker).privateKey);
      return to0x(signTransaction(domain, { type, round: BigInt(number), payload: bytes }, key));
    },
    async witness(transaction) {
      const tx = signTransaction(domain, transaction, validator.witnessKey);
      const { code, log } = await includeTransaction(client, tx, systemClock);
      if (code !== 0) throw new Error(log);
    },
    async nextRound() {
      const { number, endsAt } = await round();
      if (number > 0) await confirm(node, client, BigInt(endsAt), validator.consensusAddress);
      const startsAt = number === 0 ? START_BLOCK : BigInt(endsAt);
      const mapping = mappingDigest(constructMapping(balances, periodLimit));
      const bounds = { startsAt, endsAt: startsAt + PERIOD_LENGTH };
      await node.witness({ type: 'rebalance', round: BigInt(number + 1), ...bounds, mapping });
      if (api !== undefined)
        await eventually('the round is on the interface', async () => {
          const shown = (await (await fetch(`${node.url}/round`)).json()) as { number: number };
          return shown.number === number + 1;
        });
      return number + 1;
    },
    async quiet() {
      await eventually('the chain is quiet', async () => {
        const { height } = await client.status();
        return (await node.tip()) === height && !(await engine.wantsBlock()) && (await client.status()).height === height;
      });
    },
    tip: async () => Number((await fetch(`${node.url}/round`)).headers.get('peg-height')),
    async restartApi(changes = {}) {
      await node.stopApi();
      const witness = () => undefined as WitnessStatus | undefined;
      api = await startApi({ client, witness, port: 0, ...options.api, ...changes }, { clock: systemClock, log: silentLog });
    },
    async stopApi() {
      await api?.close();
      api = undefined;
    },
    close: () => lifecycle.close(),
  };
  await node.nextRound();
  await node.restartApi();
  await eventually('the interface has a block', async () => (await node.tip()) > 0);
  return node;
}

/** The validator is a quorum: what it votes for is final. */
async function confirm(node: ApiNode, client: CometClient, to: bigint, address: Hex): Promise<void> {
  const own = ((await client.query('/validators')) as Record<string, { sequence: number; witnessedTo: number }>)[address];
  const from = BigInt(own?.witnessedTo ?? 0) + 1n;
  if (from > to) return;
  const blocks = Array.from({ length: Number(to - from) + 1 }, (_, i) => ({
    hash: keccakHex(textBytes(`block ${from + BigInt(i)}`)),
  }));
  await node.witness({ type: 'witness', sequence: BigInt(own?.sequence ?? 0) + 1n, fromBlock: from, blocks });
}
