// The doctor's look at the endpoints of Ethereum: each by itself, then against each other.

import { MakerStaking__factory } from '../../../typechain-types/factories/MakerStaking__factory.ts';
import { isEthereumError } from '../../ethereum/errors.ts';
import { asData, asObject, asQuantity, type Json, quantity } from '../../ethereum/fields.ts';
import { openRpc, type Rpc } from '../../ethereum/rpc.ts';
import type { Hex } from '../../lib/bytes.ts';
import type { Clock } from '../../lib/clock.ts';
import { describe } from '../../lib/errors.ts';
import type { NodeConfig } from '../config-schema.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

export interface WatchedNetwork {
  readonly chainId: bigint;
  readonly contract: Hex;
  readonly startBlock: bigint;
  readonly startBlockHash: Hex;
  readonly finalityThreshold: bigint;
}

export interface EndpointContext {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** What one endpoint said; compared with the others'. */
interface Seen {
  readonly name: string;
  readonly rpc: Rpc;
  readonly head: bigint;
}

const CONTRACT = MakerStaking__factory.createInterface();
/** Chains on which blocks come when somebody makes them: Hardhat, anvil, geth --dev. */
const LOCAL_CHAINS: readonly bigint[] = [31337n, 1337n];
const SKEW_S = 30n;

export async function checkEndpoints(
  config: Pick<NodeConfig, 'ethereum' | 'witness'>,
  watched: WatchedNetwork,
  context: EndpointContext,
): Promise<readonly Finding[]> {
  const { urls } = config.ethereum;
  const votes = config.witness.keyFile !== undefined;
  if (urls.length === 0)
    return votes
      ? [
          problem(
            'NO_ENDPOINT',
            'ethereum.urls',
            'no endpoint is named',
            'name at least one, better three, under [ethereum] urls',
          ),
        ]
      : [ok('ethereum', 'a full node needs no endpoint')];
  const each = await Promise.all(urls.map((url) => checkEndpoint(url, config, watched, context)));
  const alive = each.flatMap(({ seen }) => seen ?? []);
  return [...checkNumber(config), ...each.flatMap(({ findings }) => findings), ...(await compareHeads(alive, watched, context))];
}

function checkNumber({ ethereum: { urls, agreement } }: Pick<NodeConfig, 'ethereum'>): readonly Finding[] {
  const hosts = urls.map((url) => new URL(url).host);
  const twice = hosts.find((host, index) => hosts.indexOf(host) !== index);
  return [
    ...(twice === undefined
      ? []
      : [
          warning(
            'SAME_ENDPOINT',
            twice,
            'two endpoints are of one host: they fail, and err, together',
            'use different providers',
          ),
        ]),
    ...(agreement !== undefined && agreement > urls.length
      ? [
          problem(
            'AGREEMENT_IMPOSSIBLE',
            'ethereum.agreement',
            `${agreement} endpoints must agree, and there are ${urls.length}`,
            'lower it, or name more endpoints',
          ),
        ]
      : []),
    ...(urls.length < 3
      ? [
          warning(
            'FEW_ENDPOINTS',
            'ethereum.urls',
            `with ${urls.length} endpoint${urls.length === 1 ? '' : 's'} one that fails or lies silences the witness`,
            'name three, of different providers',
          ),
        ]
      : []),
  ];
}

async function checkEndpoint(
  url: string,
  config: Pick<NodeConfig, 'ethereum' | 'witness'>,
  watched: WatchedNetwork,
  { clock, signal }: EndpointContext,
): Promise<{ readonly findings: readonly Finding[]; readonly seen?: Seen }> {
  const rpc = openRpc({ url, timeoutMs: config.ethereum.timeoutMs, attempts: 2, clock });
  const { name } = rpc;
  try {
    const chainId = asQuantity(await rpc.call('eth_chainId', [], signal), 'eth_chainId');
    if (chainId !== watched.chainId) {
      const message = `serves chain ${chainId}; the network watches chain ${watched.chainId}`;
      return { findings: [problem('WRONG_CHAIN', name, message, 'use an endpoint of the right chain')] };
    }
    const head = asObject(await rpc.call('eth_getBlockByNumber', ['latest', false], signal), 'head');
    const number = asQuantity(head.number, 'head.number');
    const findings = [
      ...(await checkStart(rpc, watched, signal)),
      ...(await checkContract(rpc, watched, signal)),
      ...(await checkSyncing(rpc, signal)),
      ...checkTime(name, watched.chainId, asQuantity(head.timestamp, 'head.timestamp'), config, clock),
      ...(config.witness.finality === 'finalized' ? await checkFinalized(rpc, signal) : []),
      ...(await checkProofs(rpc, watched, number, signal)),
    ];
    const well =
      findings.length === 0 ? [ok(name, `chain ${chainId}, head ${number}, contract and start block as in genesis`)] : [];
    return { findings: [...findings, ...well], seen: { name, rpc, head: number } };
  } catch (error) {
    signal?.throwIfAborted();
    return {
      findings: [problem('ENDPOINT_UNREACHABLE', name, describe(error), 'check address, key and network; or use another')],
    };
  }
}

async function checkStart(
  rpc: Rpc,
  { startBlock, startBlockHash }: WatchedNetwork,
  signal?: AbortSignal,
): Promise<readonly Finding[]> {
  const block = await rpc.call('eth_getBlockByNumber', [quantity(startBlock), false], signal);
  const hash = block === null ? undefined : asData(asObject(block, 'block').hash, 'block.hash', 32);
  if (hash === startBlockHash) return [];
  const message = `block ${startBlock} is ${hash ?? 'not there'}; genesis says ${startBlockHash}`;
  return [problem('START_BLOCK_DIFFERS', rpc.name, message, 'this is another chain, a fork, or an endpoint that has not synced')];
}

async function checkContract(rpc: Rpc, { contract }: WatchedNetwork, signal?: AbortSignal): Promise<readonly Finding[]> {
  const code = asData(await rpc.call('eth_getCode', [contract, 'latest'], signal), 'code');
  if (code === '0x')
    return [problem('NO_CONTRACT', rpc.name, `there is no code at ${contract}`, 'check the genesis file and the chain')];
  try {
    const call = async (data: string) => (await rpc.call('eth_call', [{ to: contract, data }, 'latest'], signal)) as string;
    CONTRACT.decodeFunctionResult('eventNonce', await call(CONTRACT.encodeFunctionData('eventNonce')));
    CONTRACT.decodeFunctionResult('accumulator', await call(CONTRACT.encodeFunctionData('accumulator')));
    return [];
  } catch (error) {
    if (isEthereumError(error) && error.code !== 'ETH_REVERTED') throw error;
    const message = `the code at ${contract} does not answer like a MakerStaking`;
    return [problem('NOT_STAKING_CONTRACT', rpc.name, message, 'check the address in the genesis file')];
  }
}

async function checkSyncing(rpc: Rpc, signal?: AbortSignal): Promise<readonly Finding[]> {
  const answer: Json = await rpc.call('eth_syncing', [], signal).catch((error: unknown) => {
    if (isEthereumError(error, 'ETH_REFUSED')) return false;
    throw error;
  });
  if (answer === false) return [];
  return [warning('ENDPOINT_SYNCING', rpc.name, 'is still syncing', 'wait, or use another meanwhile')];
}

function checkTime(
  name: string,
  chainId: bigint,
  timestamp: bigint,
  { ethereum }: Pick<NodeConfig, 'ethereum'>,
  clock: Clock,
): readonly Finding[] {
  const now = BigInt(Math.floor(clock.now() / 1000));
  if (LOCAL_CHAINS.includes(chainId)) return [];
  if (timestamp > now + SKEW_S) {
    const message = `this machine's clock is ${timestamp - now} s behind the head of Ethereum`;
    return [problem('CLOCK_SKEWED', 'clock', message, 'set the clock: run an NTP client')];
  }
  if (1_000n * (now - timestamp) <= BigInt(ethereum.stallWarningMs)) return [];
  const message = `its head is ${now - timestamp} s old`;
  return [warning('ENDPOINT_LAGS', name, message, 'the endpoint lags, Ethereum stands still, or this clock is ahead')];
}

async function checkFinalized(rpc: Rpc, signal?: AbortSignal): Promise<readonly Finding[]> {
  const block = await rpc.call('eth_getBlockByNumber', ['finalized', false], signal).catch(() => null);
  if (block !== null) return [];
  const advice = 'use an endpoint of a chain with finality, or witness.finality = "depth"';
  return [problem('NO_FINALIZED_TAG', rpc.name, 'has no finalized block, and the config waits for it', advice)];
}

async function checkProofs(
  rpc: Rpc,
  { contract, finalityThreshold }: WatchedNetwork,
  head: bigint,
  signal?: AbortSignal,
): Promise<readonly Finding[]> {
  const at = head > finalityThreshold ? head - finalityThreshold : 0n;
  try {
    await rpc.call('eth_getProof', [contract, [], quantity(at)], signal);
    return [];
  } catch (error) {
    signal?.throwIfAborted();
    const message = `has no proof of the contract at block ${at} (${describe(error)}); its word has to do there`;
    return [warning('NO_PROOFS', rpc.name, message, 'prefer an endpoint with eth_getProof for recent blocks')];
  }
}

/** The hash at the newest height that is mature on all must be one. */
async function compareHeads(
  endpoints: readonly Seen[],
  { finalityThreshold }: WatchedNetwork,
  { signal }: EndpointContext,
): Promise<readonly Finding[]> {
  if (endpoints.length < 2) return [];
  const heads = endpoints.map(({ head }) => head).toSorted((a, b) => Number(a - b));
  const [lowest, highest] = [heads[0] as bigint, heads.at(-1) as bigint];
  const behind = endpoints.filter(({ head }) => highest - head > finalityThreshold);
  const lagging = behind.map(({ name, head }) =>
    warning('ENDPOINT_LAGS', name, `its head is ${head}, another endpoint's ${highest}`, 'wait, or replace it'),
  );
  const height = lowest > finalityThreshold ? lowest - finalityThreshold : 0n;
  const hashes = await Promise.all(
    endpoints.map(async ({ name, rpc }) => {
      const block = await rpc.call('eth_getBlockByNumber', [quantity(height), false], signal).catch(() => null);
      return { name, hash: block === null ? undefined : asData(asObject(block, 'block').hash, 'block.hash', 32) };
    }),
  );
  if (new Set(hashes.map(({ hash }) => hash)).size === 1) return lagging;
  const message = hashes.map(({ name, hash }) => `${name} has ${hash ?? 'no block'}`).join(', ');
  const advice = 'one of them is on a fork: replace it; the witness does not vote meanwhile';
  return [...lagging, problem('ENDPOINTS_DISAGREE', `block ${height}`, message, advice)];
}
