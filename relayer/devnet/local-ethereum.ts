// The devnet's own Ethereum: Hardhat's chain in this process, reachable by HTTP and WebSocket like any other.

import { CodedError, describe } from '../lib/errors.ts';

/** `PORT_IN_USE`: another program listens there. `CHAIN_NOT_STARTED`: the local chain did not come up. */
export type LocalEthereumErrorCode = 'PORT_IN_USE' | 'CHAIN_NOT_STARTED';

export interface LocalEthereum {
  readonly url: string;
  close(): Promise<void>;
}

const NETWORK = 'devnet';

/** Starts a chain that mines each transaction at once, on 127.0.0.1 and `port` (0: any free one). */
export async function startLocalEthereum(port: number): Promise<LocalEthereum> {
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
    const inUse = describe(error).includes('EADDRINUSE');
    throw new CodedError<LocalEthereumErrorCode>(
      inUse ? 'PORT_IN_USE' : 'CHAIN_NOT_STARTED',
      inUse ? `port ${port} is in use: choose another with --port` : `the local Ethereum did not start: ${describe(error)}`,
      { port },
      { cause: error },
    );
  }
}
