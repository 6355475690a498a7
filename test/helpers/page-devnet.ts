// A devnet with the page in this process, whose Ethereum makes a block when the test says so, behind a relay that can be cut.

import { type Devnet, startDevnet } from '../../relayer/devnet/devnet.ts';
import { startLocalEthereum } from '../../relayer/devnet/local-ethereum.ts';
import { DEFAULT_STAKES } from '../../relayer/devnet/stakes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { Lifecycle } from '../../relayer/lib/lifecycle.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { buildDashboard } from '../../scripts/build-dashboard.mjs';
import { Relay } from './relay.ts';

export interface PageDevnet {
  readonly devnet: Devnet;
  /** Of the first validator. */
  readonly url: string;
  /** Between the validators and Ethereum. */
  readonly ethereum: Relay;
  /** Makes Ethereum blocks. */
  mine(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Few orders a round, short rounds. */
const PARAMS = { finalityThreshold: 3n, periodLength: 8n, periodLimit: 20n, maxOrderBytes: 1_024n };

/** Four validators, and the three stakers' limits adopted. */
export async function startPageDevnet(): Promise<PageDevnet> {
  const lifecycle = new Lifecycle();
  const stop = new AbortController();
  try {
    const local = await startLocalEthereum(0);
    lifecycle.onClose('Ethereum', () => local.close());
    const ethereum = new Relay();
    await ethereum.listen(local.url);
    lifecycle.onClose('the relay', () => ethereum.close());
    const devnet = await startDevnet(
      {
        ...{ engine: { kind: 'embedded' }, powers: [1, 1, 1, 1], params: PARAMS, stakes: DEFAULT_STAKES },
        ...{ ethereumUrls: [ethereum.url], http: true, dashboard: await buildDashboard(), blockIntervalMs: 50 },
      },
      { log: silentLog, clock: systemClock, signal: stop.signal, progress: () => {} },
    );
    lifecycle.onClose('the devnet', () => devnet.close());
    await devnet.play();
    await devnet.untilAdopted(stop.signal);
    return {
      devnet,
      url: devnet.validators.all[0]?.httpUrl ?? '',
      ethereum,
      mine: (count) => devnet.ethereum.mining.mine(count),
      close: () => lifecycle.close(),
    };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}
