// CometBFT as a child process: started, watched until it answers, stopped. Its log lines go into ours; the last of them are
// kept for whoever has to say why it ended. An engine whose consensus or state sync has failed goes on answering and never has
// another block: it is ended, since only a new start helps.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Clock } from '../lib/clock.ts';
import { describe } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import { stopChild } from '../lib/stop-child.ts';
import { fieldsOf, textOf } from './answer-fields.ts';
import { readNodeId } from './comet-home.ts';
import { CometError } from './errors.ts';
import { type CometClient, openCometClient } from './rpc-client.ts';

const POLL_MS = 50;
const STOP_TIMEOUT_MS = 10_000;
const LINES_KEPT = 40;
/**
 * What it logs then. Sources: receiveRoutine in CometBFT's consensus/state.go; performStateSync (startStateSync in v0.38) in
 * its node/setup.go.
 */
const FAILURES = [
  'CONSENSUS FAILURE!!!',
  'State sync failed',
  'Failed to bootstrap node with new state',
  'Failed to store last seen commit',
  'Failed to switch to block sync',
];

export interface CometProcessOptions {
  readonly binary: string;
  /** CometBFT's home folder, with its config. */
  readonly home: string;
  /** Where its JSON-RPC will answer, as its config says. */
  readonly rpcUrl: string;
  /** Its environment. Default: empty. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface CometExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of its log, or of what it had logged when it failed. */
  readonly lastLines: readonly string[];
  /** Its consensus or state sync had failed, and it was ended for that. */
  readonly failed: boolean;
}

export interface CometProcess {
  readonly pid: number;
  readonly rpcUrl: string;
  /** Resolves when the process has ended, by itself or because it has failed; never rejects. */
  readonly exited: Promise<CometExit>;
  /** SIGTERM and, when it does not help within ten seconds, SIGKILL. Idempotent. */
  stop(): Promise<void>;
}

export interface CometProcessDeps {
  readonly log: Log;
  readonly clock: Clock;
  /** Gives up waiting for the first answer and stops the process. */
  readonly signal?: AbortSignal | undefined;
}

/** Starts it and waits until it answers, and nobody else in its place. Throws COMETBFT_ENDED when it ends before that, with the last lines of its log. */
export async function startCometProcess(options: CometProcessOptions, deps: CometProcessDeps): Promise<CometProcess> {
  const { binary, home, rpcUrl, env = {} } = options;
  // Ctrl-C goes to the whole group of the terminal: the engine is stopped by its node, after everything that needs it.
  const child = spawn(binary, ['start', '--home', home], { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
  const { exited, failed } = watch(child, deps.log);
  let ended: CometExit | undefined;
  void exited.then((exit) => {
    ended = exit;
  });
  const stop = () => stopChild(child, exited, { clock: deps.clock, timeoutMs: STOP_TIMEOUT_MS });
  void failed.then(stop);
  try {
    await untilReady(options, () => ended, deps);
    return { pid: child.pid as number, rpcUrl, exited, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function untilReady(
  { home, rpcUrl }: CometProcessOptions,
  ended: () => CometExit | undefined,
  { clock, signal }: CometProcessDeps,
): Promise<void> {
  const client = await openCometClient(rpcUrl, { timeoutMs: 1_000, ...(signal && { signal }) });
  try {
    for (;;) {
      const exit = ended();
      if (exit !== undefined) throw endedError(exit);
      if (await answersAs(client, home)) return;
      await clock.sleep(POLL_MS, signal);
    }
  } finally {
    client.close();
  }
}

/** False also for another node that has the port: the engine will find it taken, and end. */
async function answersAs(client: CometClient, home: string): Promise<boolean> {
  try {
    const { node_info } = fieldsOf(await client.call('status'), 'status');
    return textOf(fieldsOf(node_info, 'node_info'), 'id') === (await readNodeId(home));
  } catch {
    return false;
  }
}

/** How a process that should run ended, as an error. */
export function endedError({ code, signal, lastLines, failed }: CometExit): CometError {
  const how = failed ? 'a failure that only a new start mends' : code === null ? `signal ${signal}` : `exit code ${code}`;
  const why = lastLines.length === 0 ? '' : `; its last words: ${lastLines.slice(-3).join(' | ')}`;
  return new CometError('COMETBFT_ENDED', `CometBFT ended with ${how}${why}`, { code, signal, lastLines });
}

function watch(child: ChildProcess, log: Log): { readonly exited: Promise<CometExit>; readonly failed: Promise<void> } {
  const lines: string[] = [];
  let hasFailed = false;
  let fail: () => void = () => {};
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  const keep = (line: string) => {
    if (hasFailed) return;
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
    if (!FAILURES.some((failure) => line.startsWith(failure))) return;
    hasFailed = true;
    fail();
  };
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null)
      createInterface({ input: stream }).on('line', (line) => {
        keep(logLine(line, log));
      });
  const exited = new Promise<CometExit>((resolve) => {
    child.once('error', (error) => resolve({ code: 1, signal: null, lastLines: [describe(error)], failed: false }));
    child.once('close', (code, signal) => resolve({ code, signal, lastLines: lines, failed: hasFailed }));
  });
  return { exited, failed };
}

/** Passes a line of CometBFT's JSON log on, and returns it as text. What is not JSON (a panic) is an error. */
function logLine(line: string, log: Log): string {
  const { level, _msg: message, ts: _time, ...fields } = parse(line);
  const text = typeof message === 'string' ? message : line;
  if (level === 'info' || level === 'debug') log.debug(fields, text);
  else if (level === undefined) log.error({}, text);
  else log.warn(fields, text);
  const reason = fields.err ?? fields.error;
  return reason === undefined ? text : `${text} (${String(reason)})`;
}

function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
