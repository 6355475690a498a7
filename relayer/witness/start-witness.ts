// Keeps a witness stepping: after each step it waits for a new head of Ethereum, at most for the poll interval.

import { describe } from '../lib/errors.ts';
import type { WitnessStatus } from './status.ts';
import { Witness, type WitnessContext, type WitnessOptions } from './witness.ts';

export interface RunningWitness {
  status(): WitnessStatus;
  /** Stops after what is under way; resolves when nothing runs any more. */
  close(): Promise<void>;
}

const POLL_INTERVAL_MS = 500;
const CATCH_UP_PAUSE_MS = 100;

/** Starts the loop; never throws afterwards. The signal, like `close`, ends it. */
export function startWitness(
  options: WitnessOptions,
  context: WitnessContext & { readonly signal?: AbortSignal },
): RunningWitness {
  const witness = new Witness(options, context);
  const stop = new AbortController();
  const signal = context.signal === undefined ? stop.signal : AbortSignal.any([context.signal, stop.signal]);
  const done = run(witness, options, context, signal);
  return {
    status: () => witness.status(),
    close: async () => {
      stop.abort(new Error('the witness was closed'));
      await done;
    },
  };
}

async function run(witness: Witness, options: WitnessOptions, context: WitnessContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const seen = options.ethereum.head()?.hash;
    try {
      await witness.step(signal);
    } catch (error) {
      if (signal.aborted) return;
      context.log.error({ error: describe(error) }, 'a step of the witness failed');
    }
    await waitForNews(options, context, seen, signal, witness.status().catchUp !== undefined);
  }
}

/** Resolves when a new head is known or the poll interval is over; whichever wins, the other wait is given up. */
async function waitForNews(
  { ethereum, pollIntervalMs = POLL_INTERVAL_MS }: WitnessOptions,
  { clock }: WitnessContext,
  seen: `0x${string}` | undefined,
  signal: AbortSignal,
  catchingUp: boolean,
): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const ignore = () => {};
  // While it catches up, the next vote is due as soon as the peg shows the last one, whatever Ethereum does.
  const pauseMs = catchingUp ? Math.min(pollIntervalMs, CATCH_UP_PAUSE_MS) : pollIntervalMs;
  const pause = clock.sleep(pauseMs, either).catch(ignore);
  // A failing view must not turn the wait into a busy loop: only the pause ends it then.
  const news = ethereum.nextHead(seen, either).catch(() => pause);
  await Promise.race([pause, news]);
  over.abort(new Error('the other wait was over'));
}
