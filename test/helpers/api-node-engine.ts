// The consensus under the node of api-node.ts: the embedded engine, or CometBFT as a process of its own.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Application } from '../../relayer/abci/application.ts';
import type { GenesisDoc } from '../../relayer/abci/genesis-doc.ts';
import { writeCometConfig } from '../../relayer/comet/comet-config.ts';
import { writeCometHome } from '../../relayer/comet/comet-home.ts';
import { startEngine } from '../../relayer/engine/engine.ts';
import type { Bytes } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { freePorts } from '../../relayer/node/free-port.ts';
import { CometNode } from './comet-node.ts';

export interface ApiNodeEngine {
  readonly rpcUrl: string;
  /** Whether a block is due. */
  wantsBlock(): Promise<boolean>;
  close(): Promise<void>;
}

interface EngineParts {
  readonly application: Application;
  readonly genesis: GenesisDoc;
  /** Seed of the only validator. */
  readonly consensusSeed: Bytes;
  readonly blockIntervalMs: number;
}

const NAME = 'alice';

export async function embeddedEngine({
  application,
  genesis,
  consensusSeed,
  blockIntervalMs,
}: EngineParts): Promise<ApiNodeEngine> {
  const nodes = [{ name: NAME, application, privateKey: consensusSeed, rpcPort: 0 }];
  const engine = await startEngine({ genesis, nodes, blockIntervalMs }, { clock: systemClock, log: silentLog });
  return {
    rpcUrl: engine.nodes[0]?.rpcUrl ?? '',
    wantsBlock: () => engine.wantsBlock(),
    close: () => engine.close(),
  };
}

/** @param binary path of the program */
export async function cometBftEngine(
  binary: string,
  { application, genesis, consensusSeed, blockIntervalMs }: EngineParts,
): Promise<ApiNodeEngine> {
  const home = await mkdtemp(join(tmpdir(), 'peg-api-comet-'));
  const port = await freePorts(2);
  const [rpcAddress, p2pAddress] = [`127.0.0.1:${port}`, `127.0.0.1:${port + 1}`];
  await writeCometHome(home, { genesis, consensusSeed, nodeSeed: new Uint8Array(32).fill(1) });
  const local = { local: true, createEmptyBlocks: false, commitPauseMs: blockIntervalMs, persistentPeers: [] };
  const node = new CometNode({
    name: NAME,
    home,
    binary,
    rpcUrl: `http://${rpcAddress}`,
    configure: (proxyApp) => writeCometConfig(home, { moniker: NAME, rpcAddress, p2pAddress, proxyApp, ...local }),
  });
  const close = async () => {
    await node.stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    await node.start(application);
  } catch (error) {
    await close();
    throw error;
  }
  return { rpcUrl: node.rpcUrl, wantsBlock: async () => false, close };
}
