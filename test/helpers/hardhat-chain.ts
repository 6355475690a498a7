// Hardhat's chain in this process, behind HTTP like any other endpoint.

import { request } from './anvil.ts';

export interface HardhatChain {
  readonly url: string;
  rpc(method: string, ...params: unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Starts a chain that mines each transaction at once, or a fork of the chain at `forking`. */
export async function startHardhatChain(forking?: string): Promise<HardhatChain> {
  // At run time: mocha loads test files in a way that would give Hardhat's plugins a second identity.
  const { createHardhatRuntimeEnvironment } = await import('hardhat/hre');
  const hre = await createHardhatRuntimeEnvironment({
    networks: {
      local: {
        type: 'edr-simulated',
        chainType: 'l1',
        chainId: 31337,
        loggingEnabled: false,
        ...(forking === undefined ? {} : { forking: { url: forking } }),
      },
    },
  });
  const server = await hre.network.createServer('local', '127.0.0.1', 0);
  const { port } = await server.listen();
  const url = `http://127.0.0.1:${port}`;
  return { url, rpc: (method, ...params) => request(url, method, params), close: () => server.close() };
}
