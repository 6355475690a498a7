// A network as its operators run it: homes by `peg testnet`, a process a node by `peg start`, each with its engine.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCallLog } from '../../relayer/abci/recorded-calls.ts';
import { type CometClient, openCometClient } from '../../relayer/comet/rpc-client.ts';
import { freePorts } from '../../relayer/node/free-port.ts';
import { ApplicationLives } from '../helpers/application-lives.ts';
import type { Machines } from '../helpers/machines.ts';
import { peg } from '../helpers/peg-process.ts';
import type { StakingChain } from '../helpers/staking-chain.ts';
import type { Random } from '../sim/random.ts';
import { NodeProcess } from './node-process.ts';
import type { SceneNetwork } from './scene.ts';

export interface TestnetNode {
  readonly name: string;
  readonly home: string;
  readonly rpcUrl: string;
  readonly httpUrl: string;
  /** `id@host:port`. */
  readonly peer: string;
}

const CALL_LOG = 'calls.jsonl';
const PORTS_PER_NODE = 10;
/** Where `peg testnet --hosts` has every node answer. */
const RPC_PORT = 26_600;
/** Quick blocks and no limit to restarts, since engines are killed much more often here than anywhere. */
const FLAGS = [
  ...['--consensus-commit-pause-ms', '50', '--consensus-empty-blocks', 'false', '--consensus-restarts', '1000'],
  ...['--ethereum-poll-interval-ms', '100', '--witness-poll-interval-ms', '100'],
];

export interface ProcessNetworkOptions {
  readonly binary: string;
  readonly validators: number;
  /** Picks the node that people ask. */
  readonly random: Random;
  /** One for each validator, closed with the network; all on this machine when left out. */
  readonly machines?: Machines | undefined;
}

export class ProcessNetwork implements SceneNetwork {
  readonly folder: string;
  readonly nodes: readonly TestnetNode[];
  readonly #binary: string;
  readonly #random: Random;
  readonly #machines: Machines | undefined;
  readonly #clients: readonly CometClient[];
  readonly #processes: (NodeProcess | undefined)[];

  private constructor(
    folder: string,
    nodes: readonly TestnetNode[],
    clients: readonly CometClient[],
    { binary, random, machines }: ProcessNetworkOptions,
  ) {
    this.folder = folder;
    this.nodes = nodes;
    this.#clients = clients;
    this.#binary = binary;
    this.#random = random;
    this.#machines = machines;
    this.#processes = nodes.map(() => undefined);
  }

  /** A network whose nodes all run. */
  static async start(chain: StakingChain, options: ProcessNetworkOptions): Promise<ProcessNetwork> {
    const network = await ProcessNetwork.#create(chain, options);
    try {
      await network.startAll();
      return network;
    } catch (error) {
      await network.close({ keep: true });
      throw error;
    }
  }

  /** Homes only: no node runs yet. */
  static async #create(chain: StakingChain, options: ProcessNetworkOptions): Promise<ProcessNetwork> {
    const { validators, machines } = options;
    const folder = await mkdtemp(join(tmpdir(), 'peg-net-'));
    const params = ['--period-length', '12', '--finality-threshold', '2', '--period-limit', '10000'];
    const ethereum = (await machines?.expose(chain.url)) ?? chain.url;
    const where = ['--ethereum', ethereum, '--contract', chain.contract, '--start-block', String(chain.startBlock)];
    const hosts = machines && Array.from({ length: validators }, (_, index) => machines.address(index));
    const ports = async () => ['--starting-port', String(await freePorts(PORTS_PER_NODE * validators))];
    const set = ['--validators', String(validators), ...(hosts ? ['--hosts', hosts.join()] : await ports())];
    const { code, stdout, stderr } = await peg(['testnet', '--json', '--output', folder, ...set, ...where, ...params]);
    if (code !== 0) throw new Error(`peg testnet ended with ${code}: ${stderr}`);
    const made = JSON.parse(stdout) as { nodes: readonly TestnetNode[] };
    // Nodes answer on their machine's loopback unless told otherwise; here they are asked from outside.
    const nodes = made.nodes.map((node, index) => (hosts ? { ...node, rpcUrl: `http://${hosts[index]}:${RPC_PORT}` } : node));
    const clients = await Promise.all(nodes.map(({ rpcUrl }) => openCometClient(rpcUrl, { timeoutMs: 30_000 })));
    return new ProcessNetwork(folder, nodes, clients, options);
  }

  get size(): number {
    return this.nodes.length;
  }

  async clients(...indexes: readonly number[]): Promise<readonly CometClient[]> {
    return indexes.length === 0 ? this.#clients : indexes.map((index) => this.#clients[index] as CometClient);
  }

  async anyClient(): Promise<CometClient> {
    return this.#random.pick(this.#clients.filter((_, index) => this.#machines?.isReachable(index) ?? true));
  }

  node(index: number): NodeProcess {
    const node = this.#processes[index];
    if (node === undefined) throw new Error(`node ${index} was not started`);
    return node;
  }

  async start(index: number, flags: readonly string[] = []): Promise<void> {
    const { home, rpcUrl } = this.nodes[index] as TestnetNode;
    const own = ['--cometbft', this.#binary, '--call-log', join(home, CALL_LOG), ...FLAGS];
    if (this.#machines) own.push('--consensus-rpc-address', new URL(rpcUrl).host);
    this.#processes[index] = await NodeProcess.start(home, [...own, ...flags], this.#machines?.launcher(index));
  }

  async startAll(): Promise<void> {
    await Promise.all(this.nodes.map((_, index) => this.start(index)));
  }

  /** By all engines that they had. */
  async readLives(): Promise<ApplicationLives> {
    const lives = new ApplicationLives(this.nodes.map(() => 1));
    for (const [index, { home }] of this.nodes.entries())
      for (const life of parseCallLog(await readFile(join(home, CALL_LOG), 'utf8'))) lives.add(index, life);
    return lives;
  }

  async close({ keep = false } = {}): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all(this.#processes.map((node) => node?.close()));
    await this.#machines?.close();
    if (keep) console.error(`homes and logs are kept in ${this.folder}`);
    else await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
