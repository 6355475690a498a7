// The client against the embedded engine, over HTTP and WebSocket: what one writes, the other reads.

import { expect } from 'chai';
import { PegApplication } from '../../relayer/abci/peg-application.ts';
import { type CometClient, openCometClient } from '../../relayer/comet/rpc-client.ts';
import { type DevnetValidator, devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { type Engine, startEngine } from '../../relayer/engine/engine.ts';
import { hex, textBytes } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { constructMapping, mappingDigest } from '../../relayer/peg/mapping.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { decodeRound } from '../../relayer/peg/tables.ts';
import type { Domain } from '../../relayer/peg/types.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { verifyProof } from '../../relayer/store/verify-proof.ts';
import { failure } from '../helpers/failure.ts';

const ETHEREUM = {
  chainId: 1n,
  stakingContract: `0x${'c0'.repeat(20)}`,
  startBlock: 100n,
  startBlockHash: `0x${'01'.repeat(32)}`,
} as const;
const PARAMS = { finalityThreshold: 2n, periodLength: 5n, periodLimit: 1000n, maxOrderBytes: 8192n };

describe('comet client with the embedded engine', () => {
  let engine: Engine;
  let client: CometClient;
  const set = devnetValidators([3, 2, 1]);
  const [alice] = set as [DevnetValidator];

  beforeEach(async () => {
    const genesis = devnetGenesis(set, ETHEREUM, PARAMS, new Date(0));
    const nodes = set.map(({ name, consensusSeed }) => ({
      name,
      application: new PegApplication({ store: openMemoryStore(), log: silentLog }),
      privateKey: consensusSeed,
      rpcPort: 0,
    }));
    engine = await startEngine({ genesis, nodes, drive: 'step' }, { clock: systemClock, log: silentLog });
    client = await openCometClient(engine.nodes[0]?.rpcUrl ?? '');
  });

  afterEach(async () => {
    client.close();
    await engine.close();
  });

  /** Alice's proposal of the first round: the one transaction that needs no Ethereum. */
  async function proposal(): Promise<Uint8Array> {
    const { chainId, verifyingContract, salt } = (await client.query('/domain')) as { chainId: number } & Omit<Domain, 'chainId'>;
    const bounds = { round: 1n, startsAt: 100n, endsAt: 105n, mapping: mappingDigest(constructMapping([], 1000n)) };
    return signTransaction(
      { chainId: BigInt(chainId), verifyingContract, salt },
      { type: 'rebalance', ...bounds },
      alice.witnessKey,
    );
  }

  it('reads status, genesis and validators before the first block and after it', async () => {
    expect(await client.status()).to.deep.include({
      height: 0,
      network: 'peg-devnet',
      moniker: 'alice',
      address: alice.consensusAddress,
      power: 3,
    });
    expect(await client.query('/round')).to.deep.include({ number: 0 });
    await engine.step();
    expect(await client.status()).to.deep.include({ height: 1, catchingUp: false });
    const validators = await client.validators();
    const expected = set.map(({ consensusAddress, consensusKey, power }) => ({
      address: consensusAddress,
      publicKey: consensusKey,
      power: BigInt(power),
    }));
    expect(validators).to.have.deep.members(expected);
    expect(await client.genesis()).to.deep.include({ chain_id: 'peg-devnet', initial_height: '1' });
  });

  it('sends a transaction, again, and sees what became of it in every shape', async () => {
    await engine.step();
    const tx = await proposal();
    const sent = await client.broadcast(tx);
    expect(sent).to.deep.include({ code: 0 });
    expect(await client.broadcast(tx), 'it waits already').to.deep.equal(sent);
    expect(await client.broadcast(textBytes('nonsense'))).to.deep.include({ code: 2, codespace: 'tx' });
    const several = await client.broadcastAll([textBytes('nonsense'), tx]);
    expect(several.map((one) => one.status === 'fulfilled' && one.value.code)).to.deep.equal([2, 0]);
    await engine.step();
    expect((await client.block(2)).txs).to.deep.equal([tx]);
    const { txResults, appHash } = await client.blockResults(2);
    expect(txResults).to.have.length(1);
    expect(txResults[0]?.events.map(({ type }) => type)).to.include('rebalance');
    expect(await client.query('/state')).to.deep.include({ lastBlockHeight: 2, lastBlockAppHash: appHash });
    expect(await client.broadcast(tx), 'it was in a block lately').to.deep.equal(sent);
  });

  it('waits for the block of a transaction', async () => {
    await engine.step();
    const tx = await proposal();
    const committed = client.call('broadcast_tx_commit', { tx: Buffer.from(tx).toString('base64') });
    while (!(await engine.wantsBlock())) await new Promise((resolve) => setImmediate(resolve));
    await engine.step();
    const { height, tx_result } = (await committed) as { height: string; tx_result: { code: number } };
    expect([height, tx_result.code]).to.deep.equal(['2', 0]);
  });

  it('proves the round to whoever trusts the next header', async () => {
    await engine.step();
    await client.broadcast(await proposal());
    await engine.step();
    await engine.step();
    const { height, key, value, proof } = await client.queryAt('/round', { height: 2, prove: true });
    expect([height, decodeRound(value).number]).to.deep.equal([2, 1n]);
    const header = await client.commit(3);
    expect(verifyProof(proof, hex(header.appHash), key, value)).to.equal(true);
    expect(header.appHash).to.equal((await client.blockResults(2)).appHash);
    const refused = await client.queryAt('/round', { height: 99 });
    expect(refused).to.deep.include({ codespace: 'query', proof: [] });
  });

  it('follows blocks', async () => {
    const stop = new AbortController();
    const blocks = client.newBlocks(stop.signal)[Symbol.asyncIterator]();
    const first = blocks.next();
    // A block that is made before the node knows of the subscription is not announced.
    let seen = false;
    void first.finally(() => {
      seen = true;
    });
    while (!seen) {
      await engine.step();
      // Steps of an engine in memory never leave the socket its turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { value } = await first;
    const height = value?.block.height ?? 0;
    expect(value?.block).to.deep.equal(await client.block(height));
    expect(value?.appHash).to.equal((await client.blockResults(height)).appHash);
    stop.abort();
    while (!(await blocks.next()).done);
  });

  it('says when the node has gone', async () => {
    await engine.nodes[0]?.stop();
    expect(await failure(client.status())).to.have.property('code', 'PEG_UNREACHABLE');
  });
});
