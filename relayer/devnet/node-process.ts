// A node as a process of its own: started, watched until it says where it answers, stopped. It holds the other end of the
// process' standard input, so that the node ends with us even when we are killed.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Clock } from '../lib/clock.ts';
import { CodedError } from '../lib/errors.ts';
import { stopChild } from '../lib/stop-child.ts';

/** `VALIDATOR_ENDED`: the process of a validator ended although nobody stopped it. */
export type NodeProcessErrorCode = 'VALIDATOR_ENDED';

export interface NodeProcessOptions {
  readonly name: string;
  /** Program and first arguments of the `peg` command. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly args: readonly string[];
  /** What the process logs is appended here. */
  readonly logFile: string;
}

export interface NodeProcess {
  readonly rpcUrl: string;
  readonly httpUrl: string;
  /** Resolves when it has ended, with how and why; never rejects. */
  readonly exited: Promise<Error>;
  /** SIGTERM and, when it does not help, SIGKILL. Idempotent. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 20_000;

/** Starts it and waits until it answers. Throws VALIDATOR_ENDED with the last line of its log. */
export async function startNodeProcess(
  { name, command: [program = '', ...first], env, args, logFile }: NodeProcessOptions,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<NodeProcess> {
  signal.throwIfAborted();
  await mkdir(dirname(logFile), { recursive: true });
  const log = await open(logFile, 'a');
  // Ctrl-C goes to the whole group of the terminal: the nodes are stopped by us, in order.
  const child = spawn(program, [...first, ...args], { stdio: ['pipe', 'pipe', log.fd], env, detached: true });
  await log.close();
  child.stdin?.on('error', () => {});
  const exited = watch(child, name, logFile);
  const stop = () => stopChild(child, exited, { clock, timeoutMs: STOP_TIMEOUT_MS });
  const abort = () => void stop();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const started = await Promise.race([readAnnouncement(child), exited]);
    if (started instanceof Error) throw started;
    return { ...started, exited, stop };
  } catch (error) {
    await stop();
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The one line that `peg start --json` prints; never resolves when it does not come. */
function readAnnouncement(child: ChildProcess): Promise<{ readonly rpcUrl: string; readonly httpUrl: string }> {
  return new Promise((resolve) => {
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once('line', (line) => {
      const { rpcUrl, httpUrl } = JSON.parse(line) as { rpcUrl: string; httpUrl: string };
      resolve({ rpcUrl, httpUrl });
    });
  });
}

function watch(child: ChildProcess, name: string, logFile: string): Promise<Error> {
  return new Promise((resolve) => {
    const tell = (how: string, why: string) =>
      resolve(new CodedError<NodeProcessErrorCode>('VALIDATOR_ENDED', `${name} ended with ${how}: ${why}`, { name, logFile }));
    child.once('error', (error) => tell('an error', error.message));
    child.once('close', (code, signal) => {
      void lastWords(logFile).then((why) => tell(code === null ? `signal ${signal}` : `exit code ${code}`, why));
    });
  });
}

/** What the command said at the end, otherwise where to look. */
async function lastWords(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8').catch(() => '')).trimEnd().split('\n');
  const said = lines.slice(-5).findLast((line) => line.startsWith('peg: '));
  return said === undefined ? `see ${logFile}` : said.slice('peg: '.length);
}
