// All suites, against one network of any engine.

import { describeAnswers } from './answers.ts';
import { describeCallLog } from './call-log.ts';
import { describeHostileRequests } from './hostile-requests.ts';
import { describeLightClient } from './light-client.ts';
import type { RunningNetwork, StartNetwork } from './running-network.ts';
import { describeSubscriptions } from './subscriptions.ts';

export function describeConformance(engine: string, start: StartNetwork): void {
  describe(`conformance: ${engine}`, () => {
    let running: RunningNetwork;
    before(async () => {
      running = await start();
    });
    after(() => running.close());
    const network = (): RunningNetwork => running;
    describeAnswers(network);
    describeSubscriptions(network);
    describeHostileRequests(network);
    describeLightClient(network);
    describeCallLog(network);
  });
}
