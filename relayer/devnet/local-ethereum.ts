// The devnet's own Ethereum: Hardhat's chain in this process, reachable by HTTP and WebSocket like any other. It is gone when
// the process ends; a devnet with a home uses anvil (anvil-chain.ts).

import { createServer } from 'node:net';
import { CodedError, describe } from '../lib/errors.ts';

/**
 * `PORT_IN_USE`: another program listens there. `CHAIN_NOT_STARTED`: the local chain did not come up. `HOME_IN_USE`: another
 * devnet runs on the chain in this home.
 */
export type LocalEthereumErrorCode = 'PORT_IN_USE' | 'CHAIN_NOT_STARTED' | 'HOME_IN_USE';

export interface LocalEthereum {
  readonly url: string;
  close(): Promise<void>;
}

const NETWORK = 'devnet';

/** Starts a chain that mines each transaction at once, on 127.0.0.1 and `port` (0: any free one). */
export async function startLocalEthereum(port: number): Promise<LocalEthereum> {
  await assertFree(port);
  try {
    const { createHardhatRuntimeEnvironment } = await import('hardhat/hre');
    const hre = await createHardhatRuntimeEnvironment({
      networks: {
        [NETWORK]: {
          type: 'edr-simulated',
          chainType: 'l1',
          chainId: 31337,
          mining: { auto: true, interval: 0 },
          loggingEnabled: false,
        },
      },
    });
    const server = await hre.network.createServer(NETWORK, '127.0.0.1', port);
    const address = await server.listen();
    return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
  } catch (error) {
    const message = `the local Ethereum did not start: ${describe(error)}`;
    throw new CodedError<LocalEthereumErrorCode>('CHAIN_NOT_STARTED', message, { port });
  }
}

/** Hardhat's server ends the process when its port is taken, so that is asked before. */
async function assertFree(port: number): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(port, '127.0.0.1', resolve));
  } catch {
    const message = `port ${port} is in use: choose another with --port`;
    throw new CodedError<LocalEthereumErrorCode>('PORT_IN_USE', message, { port });
  } finally {
    probe.close();
  }
}
