// A network of CometBFT nodes on this machine, all of them connected through proxies that can be cut. It knows nothing of
// the applications: whoever starts a node brings one.

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GenesisDoc } from '../../relayer/abci/genesis-doc.ts';
import { type CometConfig, writeCometConfig } from '../../relayer/comet/comet-config.ts';
import { writeCometHome } from '../../relayer/comet/comet-home.ts';
import { freePort } from '../../relayer/node/free-port.ts';
import { CometNode } from './comet-node.ts';
import { eventually } from './eventually.ts';
import { openPeerLinks, type PeerLinks } from './peer-links.ts';

export interface CometNetworkOptions {
  readonly binary: string;
  readonly genesis: GenesisDoc;
  /** One a node; a seed that is no validator's in genesis makes a full node. */
  readonly nodes: readonly { readonly name: string; readonly consensusSeed: Uint8Array }[];
  /** Over what the network would write, for each node. */
  readonly settings?: (index: number) => Partial<CometConfig>;
}

export class CometNetwork {
  readonly folder: string;
  readonly nodes: readonly CometNode[];
  readonly links: PeerLinks;

  private constructor(folder: string, nodes: readonly CometNode[], links: PeerLinks) {
    this.folder = folder;
    this.nodes = nodes;
    this.links = links;
  }

  /** Homes and links; no node runs yet. */
  static async create({ binary, genesis, nodes, settings = () => ({}) }: CometNetworkOptions): Promise<CometNetwork> {
    const folder = await mkdtemp(join(tmpdir(), 'peg-comet-'));
    const p2pPorts = await Promise.all(nodes.map(freePort));
    const links = await openPeerLinks(p2pPorts);
    const nodeIds: string[] = [];
    const made: CometNode[] = [];
    for (const [index, { name, consensusSeed }] of nodes.entries()) {
      const home = join(folder, name, 'cometbft');
      await mkdir(home, { recursive: true });
      const nodeSeed = Uint8Array.from(createHash('sha256').update(`node ${index}`).digest());
      nodeIds.push((await writeCometHome(home, { genesis, consensusSeed, nodeSeed })).nodeId);
      const rpcPort = await freePort();
      const peers = () => nodeIds.flatMap((id, other) => (other === index ? [] : [`${id}@${links.address(index, other)}`]));
      const configure = (proxyApp: string) =>
        writeCometConfig(home, {
          moniker: name,
          p2pAddress: `127.0.0.1:${p2pPorts[index]}`,
          rpcAddress: `127.0.0.1:${rpcPort}`,
          proxyApp,
          persistentPeers: peers(),
          local: true,
          createEmptyBlocks: false,
          commitPauseMs: 50,
          ...settings(index),
        });
      made.push(new CometNode({ name, home, binary, rpcUrl: `http://127.0.0.1:${rpcPort}`, configure }));
    }
    return new CometNetwork(folder, made, links);
  }

  node(index: number): CometNode {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  }

  /** Resolves when every running node is connected with every other running one. */
  async untilConnected(): Promise<void> {
    const running = this.nodes.filter(({ isRunning }) => isRunning);
    for (const node of running) {
      const client = await node.client();
      await eventually(`${node.name} has its peers`, async () => {
        const { n_peers: peers } = (await client.call('net_info')) as { n_peers: string };
        return Number(peers) === running.length - 1;
      });
    }
  }

  /** Ends all nodes and removes their homes, unless they are to be looked at. */
  async close({ keep = false } = {}): Promise<void> {
    const outcomes = await Promise.allSettled(this.nodes.map((node) => node.close()));
    await this.links.close();
    if (keep) console.error(`homes and logs are kept in ${this.folder}`);
    else await rm(this.folder, { recursive: true, force: true });
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }
}
