// A whole peg on one machine: Ethereum, contract, stakers, validators. Built in order, closed in reverse order.

import type { Clock } from '../lib/clock.ts';
import { Lifecycle } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import { keepActive } from './activity.ts';
import { ACTIVE_STAKERS, FIRST_ACTIVE_STAKER } from './activity-plan.ts';
import { startAnvilChain } from './anvil-chain.ts';
import { compareWithContract } from './contract-ledger.ts';
import type { Deployment } from './deployment.ts';
import { DevnetHome } from './devnet-home.ts';
import { type DevnetOptions, ETHEREUM_PORT_OFFSET } from './devnet-options.ts';
import { type EthereumAccess, openEthereumAccess } from './ethereum-access.ts';
import { foundNetwork } from './found-network.ts';
import { devnetValidators } from './genesis.ts';
import { startLocalEthereum } from './local-ethereum.ts';
import { keepMining } from './mining.ts';
import { Outbox } from './outbox.ts';
import { composeResult, type DevnetResult } from './result.ts';
import { StakingDesk } from './staking-desk.ts';
import { type RunningValidator, startValidators, type Validators } from './validators.ts';

export interface DevnetContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** One line a step, for people who wait. */
  readonly progress: (text: string) => void;
}

export interface Devnet {
  readonly ethereum: EthereumAccess;
  readonly deployment: Deployment;
  readonly validators: Validators;
  /** How long the chain's own blocks will take us on top of our own pace; 0 where we mine. */
  readonly expectedWaitMs: number;
  /** Plays the script of stakes to its end. */
  play(): Promise<void>;
  /** Mines and waits until every validator has adopted the limits of the first full round with all stakes. */
  untilAdopted(signal: AbortSignal): Promise<void>;
  /** The state of all validators at one height, compared with each other and with the contract. */
  result(): Promise<DevnetResult>;
  /** One line on how far the network has come and what keeps it, for a time-out. */
  whereItStands(): Promise<string>;
  /** Goes on making Ethereum blocks until the signal is aborted. */
  keepMining(signal: AbortSignal): Promise<void>;
  /** Lets people stake, remove and post until the signal is aborted, where we make the blocks; the same seed does the same. */
  keepActive(seed: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Longest pause between blocks until the first limits are adopted: nobody wants to wait for those. */
const SLOWEST_START_MS = 300;

/** Starts everything; what was started is closed again when a later step fails. */
export async function startDevnet(options: DevnetOptions, context: DevnetContext): Promise<Devnet> {
  const lifecycle = new Lifecycle();
  try {
    return await build(options, context, lifecycle);
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

async function build(options: DevnetOptions, context: DevnetContext, lifecycle: Lifecycle): Promise<Devnet> {
  const { clock, signal, progress } = context;
  const startedAt = clock.now();
  const timings: Record<string, number> = {};
  const lap = (phase: string) => {
    timings[`${phase}Ms`] = clock.now() - startedAt - Object.values(timings).reduce((sum, ms) => sum + ms, 0);
  };

  const home = options.home === undefined ? undefined : new DevnetHome(options.home);
  const urls = await ethereumUrls(options, home, lifecycle);
  const ethereum = await openEthereumAccess(urls[0] as string, { clock, signal });
  progress(`Ethereum: chain ${ethereum.chainId} at ${urls.join(', ')}`);
  lap('ethereum');

  const outbox = await Outbox.open(ethereum.call, ethereum.chainId, home);
  const settled = () => settle(outbox, ethereum, context);
  const set = devnetValidators(options.powers);
  const { deployment, genesis, stakers } = await foundNetwork(options, home, {
    ethereum,
    outbox,
    set,
    settled,
    aBlock: () => aBlock(ethereum, context),
    now: () => clock.now(),
  });
  progress(`contract: MakerStaking at ${deployment.staking}, events count after block ${deployment.startBlock}`);
  lap('contract');

  const scripted = options.stakes.reduce((most, { staker }) => Math.max(most, staker + 1), FIRST_ACTIVE_STAKER + ACTIVE_STAKERS);
  const desk = new StakingDesk({ ethereum, deployment, stakers: scripted, deployerKey: options.deployerKey }, context);
  const validators = await startValidators({ options, genesis, set, ethereumUrls: urls, devnet: desk }, context);
  lifecycle.onClose('validators', () => validators.close());
  progress(`validators: ${set.map(({ name, power }) => `${name} (power ${power})`).join(', ')}`);
  const [page] = validators.all.flatMap(({ httpUrl }) => httpUrl ?? []);
  if (page !== undefined) progress(`interface: ${page}${options.dashboard === undefined ? '' : ' (dashboard)'}`);
  lap('validators');

  const expectedWaitMs = ethereum.mining.controlled ? 0 : blocksToGo(options) * (await blockTimeMs(ethereum));
  if (expectedWaitMs > 0) progress(`this Ethereum makes its own blocks: about ${Math.ceil(expectedWaitMs / 1000)} s to go`);
  return {
    expectedWaitMs,
    ethereum,
    deployment,
    validators,
    async play() {
      await stakers.play(options.stakes, (sent) => progress(`stakes: ${sent} of ${options.stakes.length} sent`));
      lap('stakes');
    },
    async untilAdopted(until) {
      await adopt({ options, context, ethereum, validators, settled, lastStake: () => lastBlock(outbox) }, until);
      lap('adoption');
    },
    async result() {
      const states = await validators.sample(signal);
      const head = Number(BigInt((await ethereum.call('eth_blockNumber')) as string));
      const place = { chainId: Number(ethereum.chainId), contract: deployment.staking, head };
      const result = composeResult(states, place, { ...timings, totalMs: clock.now() - startedAt });
      const [first] = validators.all as [RunningValidator];
      const height = BigInt(states[0]?.state.lastBlockHeight ?? 0);
      await compareWithContract({ client: first.client, height, ethereumUrls: urls }, signal);
      return result;
    },
    whereItStands: () => whereItStands(ethereum, validators),
    keepMining: (until) => keepMining(ethereum.mining, options.blockIntervalMs, clock, until),
    async keepActive(seed, until) {
      const [first] = validators.all;
      if (!ethereum.mining.controlled || first === undefined) return;
      await keepActive({ desk, client: first.client, seed, beatMs: options.blockIntervalMs }, context, until);
    },
    close: () => lifecycle.close(),
  };
}

async function ethereumUrls(
  options: DevnetOptions,
  home: DevnetHome | undefined,
  lifecycle: Lifecycle,
): Promise<readonly string[]> {
  if (options.ethereumUrls.length > 0) return options.ethereumUrls;
  const port = options.portBase === undefined ? 0 : options.portBase + ETHEREUM_PORT_OFFSET;
  const local = home === undefined ? await startLocalEthereum(port) : await startAnvilChain(port, home.ethereumFile);
  lifecycle.onClose('ethereum', () => local.close());
  return [local.url];
}

/** Waits until everything sent is mined; what a reorganisation dropped is sent again. */
async function settle(outbox: Outbox, ethereum: EthereumAccess, context: DevnetContext): Promise<void> {
  while ((await outbox.resend()) > 0) {
    context.signal.throwIfAborted();
    await aBlock(ethereum, context);
  }
}

/** Makes a block where we may, otherwise lets the chain make one. */
async function aBlock({ mining }: EthereumAccess, { clock, signal }: DevnetContext): Promise<void> {
  if (mining.controlled) await mining.mine(1);
  else await clock.sleep(50, signal);
}

/** Block of the last scripted event on the chain as it is now, undefined while one of them is not mined. */
async function lastBlock(outbox: Outbox): Promise<bigint | undefined> {
  let last = 0n;
  for (const hash of outbox.script) {
    const receipt = await outbox.receipt(hash);
    if (receipt === undefined) return undefined;
    if (receipt.block > last) last = receipt.block;
  }
  return last;
}

/** Ethereum blocks until the first full round after the script is adopted, at most. */
function blocksToGo({ params, stakes }: DevnetOptions): number {
  const script = (stakes.at(-1)?.block ?? 0) + 1;
  return script + 2 * Number(params.periodLength) + Number(params.finalityThreshold);
}

/** Mean time between the chain's last blocks, at least a second. */
async function blockTimeMs({ call }: EthereumAccess): Promise<number> {
  const timestamp = async (number: bigint) => {
    const block = (await call('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])) as { timestamp: string };
    return Number(BigInt(block.timestamp));
  };
  const head = BigInt((await call('eth_blockNumber')) as string);
  const from = head > 10n ? head - 10n : 0n;
  const seconds = head === from ? 12 : ((await timestamp(head)) - (await timestamp(from))) / Number(head - from);
  return 1000 * Math.min(Math.max(seconds, 1), 60);
}

async function whereItStands({ call }: EthereumAccess, { all }: Validators): Promise<string> {
  const head = BigInt((await call('eth_blockNumber')) as string);
  const parts = await Promise.all(
    all.map(async ({ name, witness }) => {
      const status = await witness().catch(() => undefined);
      if (status === undefined) return `${name} does not say how far it has come`;
      const why = status.silence.length === 0 ? '' : ` (${status.silence.join('; ')})`;
      return `${name} ${status.state}, final to ${status.matureEthBlock ?? 'nothing'}${why}`;
    }),
  );
  return `Ethereum is at block ${head}; ${parts.join(', ')}`;
}

interface Adoption {
  readonly options: DevnetOptions;
  readonly context: DevnetContext;
  readonly ethereum: EthereumAccess;
  readonly validators: Validators;
  readonly settled: () => Promise<void>;
  readonly lastStake: () => Promise<bigint | undefined>;
}

async function adopt(
  { options, context, ethereum, validators, settled, lastStake }: Adoption,
  until: AbortSignal,
): Promise<void> {
  let shown = '';
  for (;;) {
    until.throwIfAborted();
    await settled();
    const last = await lastStake();
    const rounds = await validators.rounds(until);
    const slowest = rounds.reduce((a, b) => (b.number < a.number ? b : a));
    const text = `round ${slowest.number} (blocks ${slowest.startsAt + 1} to ${slowest.endsAt}) adopted by all validators`;
    if (slowest.number > 0 && text !== shown) {
      context.progress(text);
      shown = text;
    }
    if (last !== undefined && slowest.number > 0 && BigInt(slowest.startsAt) >= last) return;
    await ethereum.mining.mine(1);
    await context.clock.sleep(Math.min(options.blockIntervalMs, SLOWEST_START_MS), until);
  }
}
