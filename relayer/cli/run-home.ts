// Runs the node of a home for a terminal: where it answers is the result, what it logs goes to standard error.

import { RequestInfo } from 'cosmjs-types/tendermint/abci/types';
import type { Application } from '../abci/application.ts';
import { openCallLog, recordCalls } from '../abci/recorded-calls.ts';
import { systemClock } from '../lib/clock.ts';
import { describe } from '../lib/errors.ts';
import { loadConfig } from '../node/load-config.ts';
import { openLog } from '../node/pino-log.ts';
import { type RunningHome, startHome } from '../node/start-home.ts';
import { builtDashboard } from './built-dashboard.ts';
import type { Flags, Terminal } from './command.ts';
import { configSettings } from './config-flags.ts';
import { locateCometBft } from './locate-cometbft.ts';
import { readPassword } from './password.ts';

const PATIENCE_MS = 30_000;

/** Returns when told to stop; throws why the node could not start, or go on. */
export async function runHome(flags: Flags, terminal: Terminal): Promise<void> {
  const config = await loadConfig({ flags: configSettings(flags), env: terminal.env });
  const signal = flags.untilInputEnds === true ? untilInputEnds(terminal) : terminal.signal;
  const served = config.api.port !== undefined && flags.dashboard === true;
  const callLog = flags.callLog as string | undefined;
  const log = openLog(config.log.level);
  const starting = startHome(config, {
    log,
    clock: systemClock,
    signal,
    locateCometBft: (wanted) => locateCometBft(wanted, terminal.env),
    askPassword: (keyFile) => readPassword(undefined, keyFile, terminal),
    ...(callLog !== undefined && { around: (application) => recorded(application, callLog) }),
    // Whoever starts nodes may start them again at once after it was killed, while the old ones are ending.
    ...(flags.untilInputEnds === true && { patienceMs: PATIENCE_MS }),
    ...(served && { dashboard: await builtDashboard() }),
  });
  const node = await unlessStopped(starting, signal);
  if (node === undefined) return;
  try {
    announce(node, flags, terminal);
    await untilOver(node, signal);
  } catch (reason) {
    // It counts for more than what closing fails with.
    await node.close().catch((error) => log.warn({ error: describe(error) }, 'node could not be closed in order'));
    throw reason;
  }
  await node.close();
}

/** Undefined when it was given up because the signal was aborted: a node that was told to stop while it started has stopped. */
async function unlessStopped<T>(starting: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await starting;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** Every engine begins a life of its own in the file; the system closes it with the process. */
async function recorded(application: Application, file: string): Promise<Application> {
  const { lastBlockHeight } = await application.info(RequestInfo.fromPartial({}));
  return recordCalls(application, openCallLog(file, lastBlockHeight).sink);
}

function announce({ name, network, rpcUrl, httpUrl }: RunningHome, flags: Flags, terminal: Terminal): void {
  const page = httpUrl === undefined ? '' : `, interface at ${httpUrl}`;
  const line = `${name} of network ${network} answers JSON-RPC at ${rpcUrl}${page}`;
  terminal.out(flags.json === true ? JSON.stringify({ name, network, rpcUrl, httpUrl: httpUrl ?? null }) : line);
}

/** Resolves when told to stop; throws when the node ends by itself. */
async function untilOver(node: RunningHome, signal: AbortSignal): Promise<void> {
  const told = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const reason = await Promise.race([told, node.ended]);
  if (reason !== undefined) throw reason;
}

function untilInputEnds({ input, signal }: Terminal): AbortSignal {
  const ended = new AbortController();
  const end = () => ended.abort(new Error('standard input ended'));
  input.on('end', end).on('close', end).on('error', end).resume();
  return AbortSignal.any([signal, ended.signal]);
}
