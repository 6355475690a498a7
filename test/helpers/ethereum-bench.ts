// One EthereumView over a FakeEthereum behind a real socket, polled only when a test says so.

import type { FollowerStatus } from '../../relayer/ethereum/follower.ts';
import { type EthereumOptions, type OpenEthereum, openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import type { EthereumView, FoldEvent } from '../../relayer/ethereum/types.ts';
import { type Clock, systemClock, VirtualClock } from '../../relayer/lib/clock.ts';
import { CONTRACT, FakeEthereum } from './fake-ethereum.ts';
import { type RecordingLog, recordingLog } from './recording-log.ts';
import { type ScriptedEndpoint, scriptedEndpoint } from './scripted-endpoint.ts';
import { foldHistory } from './staking-history.ts';

/** The protocol's fold, written a second time. */
export const fold: FoldEvent = (before, number, event) => foldHistory(before, number, [event]);

export const POLL_MS = 1_000;
const TIMEOUT_MS = 2_000;

export interface EthereumBench {
  readonly chain: FakeEthereum;
  readonly endpoint: ScriptedEndpoint;
  readonly view: EthereumView;
  readonly ethereum: OpenEthereum;
  readonly log: RecordingLog;
  readonly clock: VirtualClock;
  status(): FollowerStatus;
  /** Lets one poll happen (or its failure), and waits for its end. */
  poll(): Promise<void>;
  close(): Promise<void>;
}

/** The polls' pauses are virtual, deadlines are real, pauses between tries do not take place. */
function benchClock(clock: VirtualClock, polls: { pending: (() => void)[] }): Clock {
  return {
    now: () => clock.now(),
    sleep: async (ms, signal) => {
      if (ms === TIMEOUT_MS) return systemClock.sleep(ms, signal);
      if (ms < POLL_MS) return signal?.throwIfAborted();
      for (const done of polls.pending.splice(0)) done();
      return clock.sleep(ms, signal);
    },
  };
}

export async function ethereumBench(
  options: Partial<EthereumOptions> & { readonly blocks?: number } = {},
): Promise<EthereumBench> {
  const { blocks = 100, ...more } = options;
  const chain = await FakeEthereum.start(blocks);
  const endpoint = await scriptedEndpoint(chain);
  const virtual = new VirtualClock(1_000_000);
  const polls: { pending: (() => void)[] } = { pending: [] };
  const log = recordingLog();
  const begun = new Promise<void>((resolve) => polls.pending.push(resolve));
  const defaults = {
    contract: CONTRACT,
    fold,
    finalityThreshold: 6n,
    pollIntervalMs: POLL_MS,
    timeoutMs: TIMEOUT_MS,
    stallWarningMs: 1e9,
  };
  try {
    const ethereum = await openEthereum({ url: endpoint.url, ...defaults, ...more }, { log, clock: benchClock(virtual, polls) });
    await begun;
    return {
      chain,
      endpoint,
      view: ethereum.view,
      ethereum,
      log,
      clock: virtual,
      status: () => ethereum.status(),
      poll: async () => {
        // The poll is over when the loop pauses again.
        const over = new Promise<void>((resolve) => polls.pending.push(resolve));
        await virtual.advance(60_000);
        await over;
      },
      close: async () => {
        await ethereum.close();
        await endpoint.close();
      },
    };
  } catch (error) {
    await endpoint.close();
    throw error;
  }
}
