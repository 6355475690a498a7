// What `peg explain` finds on a real chain, and each reason for which it finds nothing.

import { expect } from 'chai';
import { eventOfNonce, eventsOfTransaction, type Search } from '../../relayer/cli/find-events.ts';
import { CometError } from '../../relayer/comet/errors.ts';
import type { CometClient } from '../../relayer/comet/rpc-client.ts';
import { openRpc } from '../../relayer/ethereum/rpc.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { deployStaking, type StakingDeployment } from '../helpers/staking-deployment.ts';

describe('the events that peg explain is asked for', () => {
  let anvil: Anvil;
  let chain: StakingDeployment;
  let search: Search;
  let staked: Hex;

  before(async () => {
    anvil = await startAnvil();
    chain = await deployStaking(anvil.rpc);
    staked = await chain.stake(1, 7n);
    // The peg has applied nothing yet, so its index is empty.
    const client = { call: async () => ({ txs: [] }) } as unknown as CometClient;
    const { number: head } = await chain.head();
    const { contract, startBlock } = chain;
    search = {
      rpc: openRpc({ url: anvil.url }),
      client,
      contract,
      startBlock,
      applied: { nonce: 0n, block: startBlock },
      head,
      signal: new AbortController().signal,
    };
  });
  after(() => anvil.close());

  const send = async (transaction: Record<string, string>) =>
    (await anvil.rpc('eth_sendTransaction', { from: chain.accounts[2], gas: '0x493e0', ...transaction })) as Hex;

  it('are found by transaction and by nonce', async () => {
    const [event] = await eventsOfTransaction(staked, search);
    expect(event).to.deep.include({ kind: 'add', amount: 7n, nonce: 1n, transactionHash: staked, staker: chain.accounts[1] });
    expect(await eventOfNonce(1n, search)).to.deep.equal(event);
  });

  it('are found by nonce when the peg has applied them and its index does not say where', async () => {
    // A correction adopts events that no transaction of the peg applied; a node that joined by a snapshot has no past.
    const applied = { nonce: 1n, block: search.head };
    expect(await eventOfNonce(1n, { ...search, applied })).to.include({ nonce: 1n, transactionHash: staked });
    const disabled = new CometError('PEG_RPC_REFUSED', 'refused', { rpcData: 'transaction indexing is disabled' });
    const client = { call: () => Promise.reject(disabled) } as unknown as CometClient;
    expect(await eventOfNonce(1n, { ...search, applied, client })).to.include({ nonce: 1n, transactionHash: staked });
  });

  it('EVENT_UNKNOWN: no such transaction, no such nonce', async () => {
    expect(await codeRejected(eventsOfTransaction(`0x${'0'.repeat(64)}`, search))).to.equal('EVENT_UNKNOWN');
    expect(await codeRejected(eventOfNonce(2n, search))).to.equal('EVENT_UNKNOWN');
  });

  it('EVENT_REVERTED: the transaction failed, or moved no stake', async () => {
    const failed = await send({ to: chain.contract, data: '0xdeadbeef' });
    expect(await codeRejected(eventsOfTransaction(failed, search))).to.equal('EVENT_REVERTED');
    const other = await send({ to: chain.accounts[3] as Hex, value: '0x1' });
    expect(await codeRejected(eventsOfTransaction(other, search))).to.equal('EVENT_REVERTED');
  });

  it('EVENT_PENDING: the transaction waits for a block', async () => {
    await anvil.rpc('evm_setAutomine', false);
    const waiting = await send({ to: chain.accounts[3] as Hex, value: '0x1' });
    expect(await codeRejected(eventsOfTransaction(waiting, search))).to.equal('EVENT_PENDING');
  });
});
