// What the suites here begin and end with: a local Ethereum, a network over it, people who stake and post, and the history that
// all nodes must share. A suite says only what happens to the network.

import { expect } from 'chai';
import { checkCallLog, type LoggedCall } from '../../relayer/abci/call-grammar.ts';
import type { CometClient } from '../../relayer/comet/rpc-client.ts';
import type { StateDocument } from '../../relayer/devnet/result.ts';
import type { ApplicationLives } from '../helpers/application-lives.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { hasFailed } from '../helpers/has-failed.ts';
import { type StakingChain, startStakingChain } from '../helpers/staking-chain.ts';
import { History } from './history.ts';
import { Traffic } from './traffic.ts';

/** What a scene asks of its network, of whatever kind. */
export interface SceneNetwork {
  /** Number of its nodes. */
  readonly size: number;
  /** Clients of these nodes; of all that run when none is named. */
  clients(...indexes: readonly number[]): Promise<readonly CometClient[]>;
  /** A client of some node that should run. */
  anyClient(): Promise<CometClient>;
  /** What the applications were called so far. */
  readLives(): Promise<ApplicationLives>;
  /** Ends all of it; `keep` leaves homes and logs to be looked at. */
  close(options: { keep: boolean }): Promise<void>;
}

export interface SceneOptions<N extends SceneNetwork> {
  /** Opens the network; what it opened is closed again when it fails. Undefined where there can be none: nothing is run then. */
  readonly open: (chain: StakingChain, binary: string) => Promise<N | undefined>;
  /** Of what people do. */
  readonly seed: number;
  /** Steps of theirs before the first test. Default 1. */
  readonly steps?: number;
}

/** Its parts are there from the first test on. */
export class Scene<N extends SceneNetwork> {
  readonly #options: SceneOptions<N>;
  #chain: StakingChain | undefined;
  #network: N | undefined;
  #traffic: Traffic | undefined;
  #history: History | undefined;

  constructor(options: SceneOptions<N>) {
    this.#options = options;
  }

  get chain(): StakingChain {
    return begun(this.#chain);
  }

  get network(): N {
    return begun(this.#network);
  }

  get traffic(): Traffic {
    return begun(this.#traffic);
  }

  get history(): History {
    return begun(this.#history);
  }

  /** False when there can be no such network here. */
  async begin(binary: string): Promise<boolean> {
    const { open, seed, steps = 1 } = this.#options;
    const chain = await startStakingChain();
    this.#chain = chain;
    const network = await open(chain, binary);
    if (network === undefined) return false;
    this.#network = network;
    const traffic = new Traffic(chain, seed, () => network.anyClient());
    this.#traffic = traffic;
    this.#history = new History(chain, traffic);
    for (let i = 0; i < steps; i++) await traffic.step();
    await this.expectWhole();
    return true;
  }

  async close(options: { keep: boolean }): Promise<void> {
    await this.#network?.close(options);
    this.#traffic?.close();
    await this.#chain?.close();
  }

  async client(index: number): Promise<CometClient> {
    const [client] = await this.network.clients(index);
    return begun(client);
  }

  async heightOf(index: number): Promise<number> {
    return (await (await this.client(index)).status()).height;
  }

  /** See History.expectWhole: for these nodes, all that run when none is named. */
  async expectWhole(...indexes: readonly number[]): Promise<StateDocument> {
    return this.history.expectWhole(await this.network.clients(...indexes));
  }

  /** Every application was called, in the order of the grammar in each of its lives. */
  async expectGrammar(): Promise<void> {
    const lives = await this.network.readLives();
    for (let index = 0; index < this.network.size; index++) {
      expect(lives.of(index), `node ${index}`).not.to.have.length(0);
      for (const { calls, options } of lives.of(index)) {
        const startHeight = restoredAt(calls) ?? options.startHeight ?? 0n;
        expect(checkCallLog(calls, { ...options, startHeight }), `node ${index}`).to.equal(undefined);
      }
    }
  }
}

/** `body` as a suite on a scene of its own; homes and logs are kept when one of its tests has failed. */
export async function describeScene<N extends SceneNetwork>(
  title: string,
  options: SceneOptions<N>,
  body: (scene: Scene<N>, binary: string) => void,
): Promise<void> {
  await describeWithCometBft(title, (binary) => {
    const scene = new Scene(options);
    before(async function () {
      if (!(await scene.begin(binary))) this.skip();
    });
    body(scene, binary);
    after(async function () {
      await scene.close({ keep: hasFailed(this) });
    });
  });
}

/** The height that a snapshot brought is the one before the first block. */
function restoredAt(calls: readonly LoggedCall[]): bigint | undefined {
  if (calls[0]?.letter !== 'O') return undefined;
  const first = calls.find(({ height }) => height !== undefined)?.height;
  return first === undefined ? undefined : first - 1n;
}

function begun<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the scene has not begun');
  return part;
}
