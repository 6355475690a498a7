// A seat in consensus on CometBFT: the application is served on a socket in the node's home, and a child process of ours runs
// the engine that calls it.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Application } from '../abci/application.ts';
import { type AbciServer, serveApplication } from '../abci/socket-server.ts';
import { type CometConfig, writeCometConfig } from '../comet/comet-config.ts';
import { endedError, startCometProcess } from '../comet/comet-process.ts';
import type { Clock } from '../lib/clock.ts';
import { Lifecycle } from '../lib/lifecycle.ts';
import type { Log } from '../lib/log.ts';
import type { Consensus, Seat } from './consensus.ts';

/** Longest path of a unix socket that every system takes (`sun_path`, 104 bytes on BSD); a longer one becomes TCP. */
const LONGEST_SOCKET_PATH = 100;

export interface CometbftOptions {
  readonly binary: string;
  /** CometBFT's home, with genesis and keys; its config.toml is written at every start. */
  readonly home: string;
  readonly config: Omit<CometConfig, 'proxyApp'>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CometbftDeps {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Told once when the engine ended by itself, or the application asked to be halted. */
  readonly onEnd?: (reason: Error) => void;
}

export function cometbftConsensus(options: CometbftOptions, deps: CometbftDeps): Consensus {
  return { join: (application) => takeSeat(application, options, deps) };
}

async function takeSeat(application: Application, options: CometbftOptions, deps: CometbftDeps): Promise<Seat> {
  const lifecycle = new Lifecycle();
  const { binary, home, config, env } = options;
  try {
    await mkdir(home, { recursive: true });
    const server = await serveApplication(application, { address: socketAddress(home) }, deps);
    lifecycle.onClose('the ABCI server', () => server.close());
    await writeCometConfig(home, { ...config, proxyApp: server.address });
    const rpcUrl = `http://${config.rpcAddress}`;
    const engine = await startCometProcess({ binary, home, rpcUrl, ...(env && { env }) }, deps);
    let leaving = false;
    lifecycle.onClose('CometBFT', () => {
      leaving = true;
      return engine.stop();
    });
    tellEnd(server, engine.exited.then(endedError), (reason) => leaving || deps.onEnd?.(reason));
    return { rpcUrl, leave: () => lifecycle.close() };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

/** The application's reason comes first when it has one: the engine ends because of it. */
function tellEnd(server: AbciServer, ended: Promise<Error>, tell: (reason: Error) => void): void {
  void Promise.race([server.halted, ended]).then(tell);
}

function socketAddress(home: string): string {
  const path = join(home, 'abci.sock');
  return Buffer.byteLength(path) > LONGEST_SOCKET_PATH ? 'tcp://127.0.0.1:0' : `unix://${path}`;
}
