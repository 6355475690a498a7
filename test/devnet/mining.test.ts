// Holding the blocks of an Ethereum that belongs to somebody else: interrupted at any moment, it goes on as it did before.

import { expect } from 'chai';
import { openEthereumAccess } from '../../relayer/devnet/ethereum-access.ts';
import { keepMining, type Mining } from '../../relayer/devnet/mining.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { failure } from '../helpers/failure.ts';

describe('holding the blocks of an Ethereum', () => {
  let anvil: Anvil;
  before(async () => {
    anvil = await startAnvil();
  });
  after(() => anvil?.close());

  const interrupted = async () => {
    const stop = new AbortController();
    const { mining } = await openEthereumAccess(anvil.url, { clock: systemClock, signal: stop.signal });
    const holding = mining.hold(async () => {
      stop.abort(new Error('interrupted'));
      stop.signal.throwIfAborted();
    });
    expect(await failure(holding)).to.have.property('message', 'interrupted');
  };

  it('leaves a chain that mines each transaction as it was', async () => {
    await interrupted();
    expect(await anvil.rpc('hardhat_getAutomine')).to.equal(true);
  });

  it('leaves a chain that mines by the clock as it was', async () => {
    await anvil.rpc('evm_setAutomine', false);
    await anvil.rpc('evm_setIntervalMining', 5);
    await interrupted();
    expect([await anvil.rpc('hardhat_getAutomine'), await anvil.rpc('anvil_getIntervalMining')]).to.deep.equal([false, 5]);
  });
});

describe('making blocks of an Ethereum', () => {
  const mining = (mine: Mining['mine']): Mining => ({ controlled: true, mine, hold: (task) => task() });

  it('ends without a failure when it is told to in the middle of a block', async () => {
    const stop = new AbortController();
    let mined = 0;
    const mine = async () => {
      if (++mined < 3) return;
      stop.abort(new Error('interrupted'));
      stop.signal.throwIfAborted();
    };
    await keepMining(mining(mine), 1, systemClock, stop.signal);
    expect(mined).to.equal(3);
  });

  it('fails when no block can be made', async () => {
    const away = keepMining(
      mining(() => Promise.reject(new Error('away'))),
      1,
      systemClock,
      new AbortController().signal,
    );
    expect(await failure(away)).to.have.property('message', 'away');
  });
});
