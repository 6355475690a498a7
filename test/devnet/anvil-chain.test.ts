// The Ethereum of a devnet with a home: one process at a time has it, and whoever comes second takes nothing from the first.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startAnvilChain } from '../../relayer/devnet/anvil-chain.ts';
import type { LocalEthereum } from '../../relayer/devnet/local-ethereum.ts';
import { openRpc } from '../../relayer/ethereum/rpc.ts';
import { failure } from '../helpers/failure.ts';

describe('the Ethereum of a devnet with a home', () => {
  let folder: string;
  const running: LocalEthereum[] = [];
  const start = async () => {
    const chain = await startAnvilChain(0, join(folder, 'ethereum.json'));
    running.push(chain);
    return chain;
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-anvil-'));
  });
  after(async () => {
    for (const chain of running) await chain.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is refused to a second devnet, and goes on for the first', async () => {
    const first = await start();
    const rpc = openRpc({ url: first.url, attempts: 1 });
    await rpc.call('evm_mine');
    expect(await failure(start())).to.have.property('code', 'HOME_IN_USE');
    expect(await rpc.call('eth_blockNumber')).to.equal('0x1');
    await first.close();
    const next = await start();
    expect(await openRpc({ url: next.url }).call('eth_blockNumber')).to.equal('0x1');
  });
});
