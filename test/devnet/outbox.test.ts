// The outbox of a devnet asks for a transaction again only while it may not be where it was: a long script is not asked for from
// its beginning after every block, and a reorganisation is noticed all the same.

import { expect } from 'chai';
import type { Wallet } from 'ethers';
import { openEthereumAccess } from '../../relayer/devnet/ethereum-access.ts';
import type { EthereumCall } from '../../relayer/devnet/mining.ts';
import { Outbox } from '../../relayer/devnet/outbox.ts';
import { openTreasury } from '../../relayer/devnet/treasury.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { eventually } from '../helpers/eventually.ts';

describe('the outbox of a devnet', () => {
  let anvil: Anvil;
  let outbox: Outbox;
  let call: EthereumCall;
  let treasury: Wallet;
  let receipts = 0;
  before(async () => {
    anvil = await startAnvil();
    const access = await openEthereumAccess(anvil.url, { clock: systemClock, signal: new AbortController().signal });
    call = (method, params) => {
      if (method === 'eth_getTransactionReceipt') receipts++;
      return access.call(method, params);
    };
    treasury = await openTreasury(call, undefined, () => access.mining.mine(1));
    outbox = await Outbox.open(call, access.chainId);
  });
  after(() => anvil?.close());

  const send = () => {
    const request = { to: treasury.address, data: '0x', gasLimit: 21_000, scripted: true };
    return outbox.send(treasury, request, 'nothing to oneself');
  };

  /** anvil answers before it has mined. */
  const settled = () => eventually('all are mined', async () => (await outbox.resend()) === 0);

  it('asks once for what is mined, however much follows', async () => {
    for (let sent = 1; sent <= 20; sent++) {
      const hash = await send();
      await settled();
      receipts = 0;
      expect(await outbox.resend()).to.equal(0);
      expect(receipts, `after ${sent}`).to.be.at.most(1);
      expect((await outbox.receipt(hash))?.block).to.equal(BigInt((await call('eth_blockNumber')) as string));
    }
  });

  it('sends again what a reorganisation dropped', async () => {
    const before = await call('evm_snapshot');
    const hashes = [await send(), await send()];
    await settled();
    await call('evm_revert', [before]);
    await call('evm_mine');
    expect(await call('eth_getTransactionReceipt', [hashes[0]])).to.equal(null);
    expect(await outbox.resend()).to.equal(2);
    await settled();
    for (const hash of outbox.script) expect(await call('eth_getTransactionReceipt', [hash])).to.not.equal(null);
  });
});
