// A seat in consensus on CometBFT: the application is served on a socket in the node's home, and a child process of ours runs
// the engine that calls it. An engine that ends by itself is started again, a bounded number of times; the application keeps
// its state meanwhile, as after a restart of both. An application that asks to be halted is not called again.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Application } from '../abci/application.ts';
import { serveApplication } from '../abci/socket-server.ts';
import { type CometConfig, writeCometConfig } from '../comet/comet-config.ts';
import { endedError, startCometProcess } from '../comet/comet-process.ts';
import type { Clock } from '../lib/clock.ts';
import { describe, hasCode } from '../lib/errors.ts';
import { Lifecycle } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import { backoffMs } from '../lib/retry.ts';
import type { Consensus, Seat } from './consensus.ts';
import { NodeError } from './errors.ts';
import { freePort } from './free-port.ts';
import { afterEnd } from './restart-budget.ts';
import { stateMismatch } from './state-mismatch.ts';
import { endStrayEngine } from './stray-engine.ts';

/** Longest path of a unix socket that every system takes (`sun_path`, 104 bytes on BSD); a longer one becomes TCP. */
const LONGEST_SOCKET_PATH = 100;
const RESTART_WINDOW_MS = 600_000;
const BACKOFF = { baseDelayMs: 200, maxDelayMs: 30_000 };

export interface CometbftOptions {
  readonly binary: string;
  /** CometBFT's home, with genesis and keys; its config.toml is written at every start. An absolute path. */
  readonly home: string;
  /** Port 0 in `rpcAddress`: any free one. */
  readonly config: Omit<CometConfig, 'proxyApp'>;
  /** How often within ten minutes an engine that ended by itself is started again. Default: never. */
  readonly restarts?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CometbftDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Told once, when the application asked to be halted or the engine has used up its restarts; the seat is lost then. */
  readonly onEnd?: (reason: Error) => void;
  /** What each engine gets in place of the application, such as a recorder of calls; asked once for every engine. */
  readonly around?: ((application: Application) => Promise<Application>) | undefined;
}

export function cometbftConsensus(options: CometbftOptions, deps: CometbftDeps): Consensus {
  return {
    async join(application) {
      const rpcAddress = await settledAddress(options.config.rpcAddress);
      const seat = new CometbftSeat(application, { ...options, config: { ...options.config, rpcAddress } }, deps);
      await seat.take();
      return seat;
    },
  };
}

/** One engine process with the socket it is connected to. */
interface Life {
  /** Resolves when it is over by itself; never rejects. */
  readonly over: Promise<Over>;
  end(): Promise<void>;
}

interface Over {
  readonly reason: Error;
  /** The application asked for it: calling it again would end the same way, or worse. */
  readonly halted: boolean;
}

class CometbftSeat implements Seat {
  readonly rpcUrl: string;
  readonly #application: Application;
  readonly #options: CometbftOptions;
  readonly #deps: CometbftDeps;
  readonly #leaving = new AbortController();
  /** Ends starting; a running engine is only ended by `leave`, after everything that needs it. */
  readonly #signal: AbortSignal;
  /** What the application asked to be halted for. */
  #halted: Error | undefined;
  #watching: Promise<void> = Promise.resolve();

  constructor(application: Application, options: CometbftOptions, deps: CometbftDeps) {
    this.rpcUrl = `http://${options.config.rpcAddress}`;
    this.#application = application;
    this.#options = options;
    this.#deps = deps;
    this.#signal = deps.signal === undefined ? this.#leaving.signal : AbortSignal.any([deps.signal, this.#leaving.signal]);
  }

  /** Throws what keeps the engine from its first start; it is not tried again. */
  async take(): Promise<void> {
    this.#watching = this.#watch(await this.#begin());
  }

  async leave(): Promise<void> {
    this.#leaving.abort(new Error('the node left consensus'));
    await this.#watching;
  }

  /** Until told to leave, halted, or out of restarts; never rejects. */
  async #watch(first: Life): Promise<void> {
    const { log, clock, onEnd } = this.#deps;
    const policy = { restarts: this.#options.restarts ?? 0, windowMs: RESTART_WINDOW_MS };
    let ends: readonly number[] = [];
    let over = await this.#untilOver(first);
    while (over !== undefined) {
      const left = over.halted ? undefined : afterEnd(ends, clock.now(), policy);
      if (left === undefined) {
        onEnd?.(over.reason);
        return;
      }
      ends = left;
      log.error(
        { reason: describe(over.reason), restart: ends.length, most: policy.restarts },
        'engine ended, it is started again',
      );
      over = await this.#liveAgain(ends.length);
    }
  }

  /** Undefined when the seat was left. */
  async #untilOver(life: Life): Promise<Over | undefined> {
    const left = new Promise<undefined>((resolve) => {
      if (this.#leaving.signal.aborted) resolve(undefined);
      this.#leaving.signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const over = await Promise.race([life.over, left]);
    await life.end();
    return over;
  }

  async #liveAgain(failures: number): Promise<Over | undefined> {
    try {
      await this.#deps.clock.sleep(backoffMs(failures, BACKOFF), this.#signal);
      return await this.#untilOver(await this.#begin());
    } catch (error) {
      if (this.#signal.aborted) return undefined;
      return { reason: error as Error, halted: this.#halted !== undefined };
    }
  }

  async #begin(): Promise<Life> {
    const lifecycle = new Lifecycle();
    const { binary, home, config, env } = this.#options;
    const deps = { ...this.#deps, signal: this.#signal };
    try {
      await mkdir(home, { recursive: true });
      await endStrayEngine(home, deps);
      const served = (await deps.around?.(this.#application)) ?? this.#application;
      const server = await serveApplication(served, { address: socketAddress(home) }, deps);
      lifecycle.onClose('the ABCI server', () => server.close());
      const noteHalt = async () => {
        this.#halted = await server.halted;
      };
      void noteHalt();
      await writeCometConfig(home, { ...config, proxyApp: server.address });
      const engine = await startCometProcess({ binary, home, rpcUrl: this.rpcUrl, ...(env && { env }) }, deps);
      lifecycle.onClose('CometBFT', () => engine.stop());
      const over = Promise.race([
        server.halted.then((reason) => ({ reason, halted: true })),
        engine.exited.then((exit) => ({
          reason: this.#halted ?? inOurWords(endedError(exit)),
          halted: this.#halted !== undefined,
        })),
      ]);
      return { over, end: () => lifecycle.close() };
    } catch (error) {
      await lifecycle.close();
      throw this.#halted ?? inOurWords(error as Error);
    }
  }
}

/** What an operator can do something about gets a code of its own. */
function inOurWords(error: Error): Error {
  if (!hasCode(error, 'COMETBFT_ENDED')) return error;
  const lines = error.data.lastLines as readonly string[];
  const taken = lines.find((line) => line.includes('address already in use'));
  if (taken !== undefined) {
    const address = /listen tcp (\S+):/.exec(taken)?.[1] ?? 'an address';
    const message = `${address} is in use by another program: stop it, or change consensus.p2p_address or consensus.rpc_address`;
    return new NodeError('ADDRESS_IN_USE', message, { address });
  }
  if (lines.some((line) => line.includes('no space left on device')))
    return new NodeError('DISK_FULL', 'the disk is full: make room and start again', {}, { cause: error });
  return stateMismatch(lines) ?? error;
}

async function settledAddress(address: string): Promise<string> {
  return address.endsWith(':0') ? `${address.slice(0, -1)}${await freePort()}` : address;
}

function socketAddress(home: string): string {
  const path = join(home, 'abci.sock');
  return Buffer.byteLength(path) > LONGEST_SOCKET_PATH ? 'tcp://127.0.0.1:0' : `unix://${path}`;
}
