// CometBFT itself, held to what every engine is held to.

import { cometBinary } from '../helpers/comet-binary.ts';
import { KvCometNetwork } from '../helpers/kv-comet-network.ts';
import { describeConformance } from './conformance.ts';

const binary = await cometBinary();

if (binary === undefined) describe('conformance: CometBFT', () => it('needs CometBFT: npm run cometbft:install'));
else
  describeConformance('CometBFT', async () => {
    const network = await KvCometNetwork.start({ binary, powers: [4, 3, 2, 1] });
    return {
      chainId: network.genesis.chain_id,
      nodes: network.comet.nodes.map(({ rpcUrl }, index) => ({ rpcUrl, lives: () => network.lives.of(index) })),
      close: () => network.close(),
    };
  });
