// The embedded engine, held to what every engine is held to.

import { systemClock } from '../../relayer/lib/clock.ts';
import { TestNetwork } from '../helpers/test-network.ts';
import { describeConformance } from './conformance.ts';

describeConformance('embedded engine', async () => {
  const network = await TestNetwork.start({
    powers: [4, 3, 2, 1],
    drive: 'clock',
    clock: systemClock,
    blockIntervalMs: 50,
    rpcPort: 0,
  });
  return {
    chainId: 'engine-test',
    nodes: network.engine.nodes.map(({ rpcUrl }, index) => ({ rpcUrl: rpcUrl ?? '', lives: () => network.lives[index] ?? [] })),
    close: () => network.close(),
  };
});
