// Runs a devnet for a terminal: progress on standard error, the result on standard output, until done or interrupted.

import { type Devnet, startDevnet } from '../devnet/devnet.ts';
import type { DevnetOptions } from '../devnet/devnet-options.ts';
import { type DevnetResult, formatResult } from '../devnet/result.ts';
import { stakerWallet } from '../devnet/stakers.ts';
import { systemClock } from '../lib/clock.ts';
import { openLog } from '../node/pino-log.ts';
import type { Terminal } from './command.ts';
import { DEFAULT_API, DEFAULT_ETHEREUM, DEFAULT_NODE } from './flags.ts';
import { withTimeout } from './with-timeout.ts';

export interface RunMode {
  readonly once: boolean;
  readonly json: boolean;
  readonly timeoutMs: number | undefined;
  /** After the result, people stake, remove and post. */
  readonly activity: boolean;
}

/** Every devnet lives the same life. */
const ACTIVITY_SEED = 1;
const DEFAULT_TIMEOUT_MS = 120_000;

export async function runDevnet(options: DevnetOptions, mode: RunMode, terminal: Terminal): Promise<void> {
  const progress = (text: string) => terminal.err(text);
  const devnet = await startDevnet(options, { log: openLog('error'), clock: systemClock, signal: terminal.signal, progress });
  try {
    const result = await Promise.race([playToResult(devnet, mode, terminal), endOfAValidator(devnet)]);
    terminal.out(mode.json ? JSON.stringify(result, null, 2) : formatResult(result));
    if (mode.once) return;
    for (const line of invitation(devnet)) progress(line);
    await Promise.all([
      devnet.keepMining(terminal.signal),
      ...(mode.activity ? [devnet.keepActive(ACTIVITY_SEED, terminal.signal)] : []),
    ]);
    progress('stopping');
  } finally {
    await devnet.close();
  }
}

async function playToResult(devnet: Devnet, mode: RunMode, { signal }: Terminal): Promise<DevnetResult> {
  await devnet.play();
  await withTimeout(
    mode.timeoutMs ?? DEFAULT_TIMEOUT_MS + devnet.expectedWaitMs,
    signal,
    (until) => devnet.untilAdopted(until),
    () => devnet.whereItStands(),
  );
  return devnet.result();
}

/** Until there is a result all validators must run; afterwards a network may lose some. */
async function endOfAValidator({ validators }: Devnet): Promise<never> {
  throw await validators.ended;
}

/** What to try while the devnet runs. */
function invitation({ ethereum, validators }: Devnet): readonly string[] {
  const node = validators.all[0]?.rpcUrl;
  const flags = node === DEFAULT_NODE ? '' : ` --node ${node}`;
  const chain = ethereum.url === DEFAULT_ETHEREUM ? '' : ` --ethereum ${ethereum.url}`;
  const page = validators.all[0]?.httpUrl;
  const api = page === undefined || page === DEFAULT_API ? '' : ` --api ${page}`;
  return [
    '',
    ...(page === undefined ? [] : [`Dashboard: ${page}`]),
    `The network runs; Ctrl-C stops it. Validators answer JSON-RPC at ${validators.all.map(({ rpcUrl }) => rpcUrl).join(', ')},`,
    `Ethereum at ${ethereum.url}. Try in another terminal:`,
    `  npm run -s peg -- status${flags}`,
    `  npm run -s peg -- validators${flags}`,
    `  npm run -s peg -- stake 1000000 --staker 0${flags}${chain}`,
    `  npm run -s peg -- limit ${stakerWallet(0).address.toLowerCase()}${flags}`,
    `  echo '{"side":"buy"}' | npm run -s peg -- order post - --staker 0${api}`,
    `  npm run -s peg -- orders follow${api}`,
  ];
}
