// One CometBFT node with its application in the process of the test: started, killed, crashed at a chosen point, and started
// again on the same home.

import { join } from 'node:path';
import type { Application } from '../../relayer/abci/application.ts';
import { type AbciServer, serveApplication } from '../../relayer/abci/socket-server.ts';
import { type CometProcess, startCometProcess } from '../../relayer/comet/comet-process.ts';
import { type CometClient, openCometClient } from '../../relayer/comet/rpc-client.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import type { Log } from '../../relayer/lib/log.ts';
import { fileLog } from './file-log.ts';

export interface CometNodeOptions {
  readonly name: string;
  /** Where CometBFT's `config` and `data` are. */
  readonly home: string;
  readonly binary: string;
  readonly rpcUrl: string;
  /** Brings the config of the home up to date; called before every start. */
  readonly configure: (proxyApp: string) => Promise<void>;
}

export interface StartOptions {
  /** Environment of the engine beside its own, e.g. FAIL_TEST_INDEX. */
  readonly env?: Readonly<Record<string, string>>;
}

export class CometNode {
  readonly name: string;
  readonly home: string;
  readonly rpcUrl: string;
  readonly #options: CometNodeOptions;
  #server: AbciServer | undefined;
  #process: CometProcess | undefined;
  #client: CometClient | undefined;
  readonly #log: Log;

  constructor(options: CometNodeOptions) {
    this.name = options.name;
    this.home = options.home;
    this.rpcUrl = options.rpcUrl;
    this.#options = options;
    this.#log = fileLog(join(options.home, 'engine.log'));
  }

  /** Of the running engine; throws when it is down. */
  get process(): CometProcess {
    if (this.#process === undefined) throw new Error(`${this.name} is not running`);
    return this.#process;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Stays usable over restarts. */
  async client(): Promise<CometClient> {
    this.#client ??= await openCometClient(this.rpcUrl, { timeoutMs: 30_000 });
    return this.#client;
  }

  /** Serves the application and starts the engine over it; resolves when it answers JSON-RPC. */
  async start(application: Application, { env = {} }: StartOptions = {}): Promise<void> {
    if (this.#server !== undefined) throw new Error(`${this.name} runs already`);
    const address = `unix://${join(this.home, 'app.sock')}`;
    this.#server = await serveApplication(application, { address }, { log: this.#log });
    await this.startEngine({ env });
  }

  /** The engine alone, over the application that is still served. */
  async startEngine({ env = {} }: StartOptions = {}): Promise<void> {
    const { binary, home, rpcUrl, configure } = this.#options;
    await configure((this.#server as AbciServer).address);
    this.#process = await startCometProcess(
      { binary, home, rpcUrl, env },
      { log: this.#log, clock: systemClock, signal: new AbortController().signal },
    );
  }

  /** SIGKILL to the engine; resolves when it is gone. The application stays. */
  async killEngine(): Promise<void> {
    const { pid, exited } = this.process;
    process.kill(pid, 'SIGKILL');
    await exited;
    this.#process = undefined;
  }

  /** Resolves when the engine ended by itself. */
  async engineExit(): Promise<{ readonly code: number | null; readonly lastLines: readonly string[] }> {
    const outcome = await this.process.exited;
    this.#process = undefined;
    return outcome;
  }

  /** Ends engine and socket; the engine goes first, as it does when an operator stops a node. Idempotent. */
  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
    await this.#server?.close();
    this.#server = undefined;
  }

  async close(): Promise<void> {
    await this.stop();
    this.#client?.close();
    this.#client = undefined;
  }
}
