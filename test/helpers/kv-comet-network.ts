// CometBFT over key-value applications in the process of the test, with what the embedded engine's `TestNetwork` offers:
// disks that survive, and the calls of every life of an application.

import type { GenesisDoc } from '../../relayer/abci/genesis-doc.ts';
import { ApplicationLives } from './application-lives.ts';
import { CometNetwork } from './comet-network.ts';
import type { StartOptions } from './comet-node.ts';
import { testGenesis, testValidators } from './engine-genesis.ts';
import { type KvDisk, KvStoreApplication, newDisk } from './kvstore-application.ts';

export interface KvCometOptions {
  readonly binary: string;
  readonly powers: readonly number[];
}

export class KvCometNetwork {
  readonly comet: CometNetwork;
  readonly genesis: GenesisDoc;
  readonly disks: readonly KvDisk[];
  readonly lives: ApplicationLives;

  private constructor(comet: CometNetwork, genesis: GenesisDoc, powers: readonly number[]) {
    this.comet = comet;
    this.genesis = genesis;
    this.disks = powers.map(newDisk);
    this.lives = new ApplicationLives(powers);
  }

  /** All nodes run when this resolves. */
  static async start({ binary, powers }: KvCometOptions): Promise<KvCometNetwork> {
    const validators = testValidators(powers);
    const genesis = testGenesis(validators);
    const nodes = validators.map(({ name, seed }) => ({ name, consensusSeed: seed }));
    const network = new KvCometNetwork(await CometNetwork.create({ binary, genesis, nodes }), genesis, powers);
    try {
      await Promise.all(nodes.map((_, index) => network.start(index)));
      await network.comet.untilConnected();
      return network;
    } catch (error) {
      await network.close();
      throw error;
    }
  }

  /** A new application over the node's disk, and the engine over it. */
  start(index: number, options?: StartOptions): Promise<void> {
    const disk = this.disks[index] as KvDisk;
    const application = this.lives.begin(index, new KvStoreApplication({ disk }), disk.height);
    return this.comet.node(index).start(application, options);
  }

  close(options?: { keep?: boolean }): Promise<void> {
    return this.comet.close(options);
  }
}
