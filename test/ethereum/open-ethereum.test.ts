import { expect } from 'chai';
import { openEthereum } from '../../relayer/ethereum/open-ethereum.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { type EthereumBench, ethereumBench, fold } from '../helpers/ethereum-bench.ts';
import { CONTRACT, RpcRefusal, STRANGER } from '../helpers/fake-ethereum.ts';
import type { PostFault } from '../helpers/scripted-endpoint.ts';

const unavailable: PostFault = (response) => {
  response.writeHead(503).end();
  return true;
};
const refuse = (code: number, message: string) => () => {
  throw new RpcRefusal(code, message);
};

describe('opening Ethereum', () => {
  const opened = async (options: Parameters<typeof ethereumBench>[0], spoil?: (bench: EthereumBench) => void) => {
    const bench = await ethereumBench({ blocks: 3 });
    try {
      spoil?.(bench);
      const base = { url: bench.endpoint.url, contract: CONTRACT, fold, finalityThreshold: 6n, retryDelayMs: 1, timeoutMs: 500 };
      const ethereum = await openEthereum({ ...base, ...options }, { log: silentLog, clock: systemClock });
      await ethereum.close();
      return ethereum.chainId;
    } finally {
      await bench.close();
    }
  };

  it('tells the chain id, and takes the one asked for', async () => {
    expect(await opened({})).to.equal(1337n);
    expect(await opened({ chainId: 1337n })).to.equal(1337n);
  });

  it('takes the contract’s address in any case', async () => {
    expect(await opened({ contract: `0x${CONTRACT.slice(2).toUpperCase()}` })).to.equal(1337n);
  });

  it('another chain: ETH_WRONG_CHAIN', async () => {
    expect(await codeRejected(opened({ chainId: 1n }))).to.equal('ETH_WRONG_CHAIN');
  });

  it('no code, or no address: ETH_NO_CONTRACT', async () => {
    expect(await codeRejected(opened({ contract: STRANGER }))).to.equal('ETH_NO_CONTRACT');
    for (const contract of ['0x', '0x12', 'peg'] as `0x${string}`[])
      expect(await codeRejected(opened({ contract }))).to.equal('ETH_NO_CONTRACT');
  });

  it('another contract: ETH_NOT_STAKING_CONTRACT', async () => {
    const other = (bench: EthereumBench) => {
      bench.endpoint.onCall('eth_getProof', refuse(-32601, 'no such method'));
      bench.endpoint.onCall('eth_call', refuse(3, 'execution reverted'));
    };
    expect(await codeRejected(opened({}, other))).to.equal('ETH_NOT_STAKING_CONTRACT');
  });

  it('an endpoint that is not Ethereum: ETH_MALFORMED, ETH_HTTP_REFUSED', async () => {
    const page = (code: number) => (bench: EthereumBench) =>
      bench.endpoint.onPost((response) => {
        response.writeHead(code).end('<html>Welcome</html>');
        return true;
      });
    expect(await codeRejected(opened({}, page(200)))).to.equal('ETH_MALFORMED');
    expect(await codeRejected(opened({}, page(404)))).to.equal('ETH_HTTP_REFUSED');
    expect(await codeRejected(opened({ url: 'peg' }))).to.equal('ETH_BAD_URL');
  });

  it('a failure that passes does not matter', async () => {
    expect(await opened({}, (bench) => bench.endpoint.onPost(unavailable, 2))).to.equal(1337n);
    expect(await opened({}, (bench) => bench.endpoint.onCall('eth_getBlockByNumber', () => null, 2))).to.equal(1337n);
  });

  it('a false header is not believed', async () => {
    const lie = (bench: EthereumBench) =>
      bench.endpoint.onCall('eth_getBlockByNumber', async (honest) => ({ ...((await honest()) as object), gasUsed: '0x1' }));
    expect(await codeRejected(opened({}, lie))).to.equal('ETH_HEADER_HASH');
  });

  it('ends with the signal', async () => {
    const reason = new Error('enough');
    const bench = await ethereumBench({ blocks: 3 });
    try {
      const options = { url: bench.endpoint.url, contract: CONTRACT, fold, finalityThreshold: 6n };
      const context = { log: silentLog, clock: systemClock };
      expect(await codeRejected(openEthereum(options, { ...context, signal: AbortSignal.abort(reason) }))).to.equal(reason);
      const closing = new AbortController();
      const ethereum = await openEthereum(options, { ...context, signal: closing.signal });
      closing.abort(reason);
      expect(await codeRejected(ethereum.view.header(1n))).to.equal('ETH_CLOSED');
      await ethereum.close();
    } finally {
      await bench.close();
    }
  });
});
