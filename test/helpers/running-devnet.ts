// A devnet as a process of its own, for tests of its interfaces; starts with the three stakers' limits adopted.

import { systemClock } from '../../relayer/lib/clock.ts';
import { PegProcess } from './peg-process.ts';

const CLOSE_TIMEOUT_MS = 20_000;

export interface RunningDevnet {
  /** HTTP interface and dashboard of the first validator. */
  readonly httpUrl: string;
  /** JSON-RPC of the first validator. */
  readonly rpcUrl: string;
  readonly ethereumUrl: string;
  /** Ends it as Ctrl-C does and gives its exit code. */
  stop(): Promise<number | null>;
  close(): Promise<void>;
}

export async function startRunningDevnet(...flags: string[]): Promise<RunningDevnet> {
  const process = new PegProcess(['devnet', '--port', '0', '--no-activity', ...flags]);
  try {
    await process.until('order post -');
    const said = (pattern: RegExp) => pattern.exec(process.stderr)?.[1] ?? '';
    return {
      httpUrl: said(/^Dashboard: (\S+)$/m),
      rpcUrl: said(/answer JSON-RPC at (http:\S+?),/),
      ethereumUrl: said(/^Ethereum at (\S+?)\. Try/m),
      async stop() {
        process.signal('SIGINT');
        return (await process.finished()).code;
      },
      async close() {
        // In order, so that it removes what it has made; by force when it does not.
        process.signal('SIGINT');
        const ended = new AbortController();
        const late = systemClock.sleep(CLOSE_TIMEOUT_MS, ended.signal).catch(() => {});
        await Promise.race([process.finished(), late]);
        ended.abort();
        await process.close();
      },
    };
  } catch (error) {
    await process.close();
    throw error;
  }
}
