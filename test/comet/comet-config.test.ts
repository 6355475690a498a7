import { expect } from 'chai';
import { parse } from 'smol-toml';
import { type CometConfig, formatCometConfig } from '../../relayer/comet/comet-config.ts';

const CONFIG: CometConfig = {
  moniker: 'test',
  p2pAddress: '127.0.0.1:26656',
  rpcAddress: '127.0.0.1:26657',
  proxyApp: 'unix:///tmp/abci.sock',
  persistentPeers: [],
  local: false,
};

describe('config of the engine', () => {
  it('takes further settings, which win', () => {
    const text = formatCometConfig({ ...CONFIG, extra: ['mempool.size = 7', 'p2p.max_num_inbound_peers=3'] });
    expect(parse(text)).to.deep.include({ moniker: 'test', proxy_app: CONFIG.proxyApp });
    expect(parse(text).mempool).to.deep.include({ size: 7, cache_size: 10_000 });
    expect(parse(text).p2p).to.deep.include({ laddr: 'tcp://127.0.0.1:26656', max_num_inbound_peers: 3 });
  });

  it('refuses what is not TOML, and what would part the node from its engine', () => {
    for (const line of [
      'mempool.size = many',
      'proxy_app = "kvstore"',
      'abci = "grpc"',
      'log_format = "plain"',
      'genesis_file = "elsewhere.json"',
      'node_key_file = "elsewhere.json"',
      'rpc.laddr = "tcp://127.0.0.1:1"',
      'rpc = { laddr = "" }',
      'rpc.tls_cert_file = "node.crt"',
      'rpc.tls_key_file = "node.key"',
    ])
      expect(() => formatCometConfig({ ...CONFIG, extra: [line] }), line)
        .to.throw()
        .with.property('code', 'COMETBFT_CONFIG');
  });
});
