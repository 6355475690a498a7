import { expect } from 'chai';
import { CommitmentReader, NO_EVENTS, type ProofMode, verifyCommitmentProof } from '../../relayer/ethereum/commitment.ts';
import type { Json, JsonObject } from '../../relayer/ethereum/fields.ts';
import { parseHeader } from '../../relayer/ethereum/header.ts';
import { HeaderReader } from '../../relayer/ethereum/header-reader.ts';
import { openRpc } from '../../relayer/ethereum/rpc.ts';
import { provenValue } from '../../relayer/ethereum/trie.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { CONTRACT, type FakeBlock, FakeEthereum, RpcRefusal, STRANGER } from '../helpers/fake-ethereum.ts';
import { impatientClock } from '../helpers/impatient-clock.ts';
import { type CallFault, type ScriptedEndpoint, scriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { add } from '../helpers/staking-history.ts';

const TIMEOUT_MS = 5_000;

describe('the contract’s commitment', () => {
  let chain: FakeEthereum;
  let endpoint: ScriptedEndpoint;
  let block: FakeBlock;

  beforeEach(async () => {
    chain = await FakeEthereum.start();
    block = await chain.add({ events: [add('A', 5n), add('B', 6n)] });
    endpoint = await scriptedEndpoint(chain);
  });
  afterEach(() => endpoint.close());

  const headerOf = ({ json }: FakeBlock) => parseHeader(json as JsonObject);
  const open = (mode: ProofMode = 'preferred') => {
    const clock = impatientClock(TIMEOUT_MS);
    const rpc = openRpc({ url: endpoint.url, clock, timeoutMs: TIMEOUT_MS });
    return new CommitmentReader({ rpc, contract: CONTRACT, headers: new HeaderReader(rpc, clock), mode, log: silentLog });
  };
  const refuse =
    (code: number, message: string): CallFault =>
    () => {
      throw new RpcRefusal(code, message);
    };
  const proofOf = (of: FakeBlock) => chain.answer('eth_getProof', [CONTRACT, [], { blockHash: of.hash }]) as Promise<JsonObject>;

  it('is proved from the state root', async () => {
    expect(await open().read(headerOf(block))).to.deep.equal({ commitment: block.after, check: 'storage-proof' });
    expect(endpoint.calls).to.deep.equal(['eth_getProof']);
  });

  it('is remembered by block hash, until it is forgotten', async () => {
    const reader = open();
    await reader.read(headerOf(block));
    await reader.read(headerOf(block));
    expect(endpoint.posts()).to.equal(1);
    reader.forget(block.hash);
    await reader.read(headerOf(block));
    expect(endpoint.posts()).to.equal(2);
  });

  it('remembers no more than it needs', async () => {
    const reader = open();
    const first = headerOf(block);
    await reader.read(first);
    await chain.mine(257);
    for (let n = 3n; n <= chain.head.number; n++) await reader.read(headerOf(chain.at(n) as FakeBlock));
    endpoint.calls.length = 0;
    await reader.read(first);
    expect(endpoint.calls).to.deep.equal(['eth_getProof']);
  });

  it('is nothing where the contract has no event yet, and where it is proved to be absent', async () => {
    expect((await open().read(headerOf(chain.at(1n) as FakeBlock))).commitment).to.deep.equal(NO_EVENTS);
    expect(await open().read(headerOf(chain.at(0n) as FakeBlock))).to.deep.equal({
      commitment: NO_EVENTS,
      check: 'storage-proof',
    });
  });

  it('is asked by block hash where proofs are unknown, and proofs are not asked for again', async () => {
    endpoint.onCall('eth_getProof', refuse(-32601, 'no such method'));
    const reader = open();
    expect(await reader.read(headerOf(block))).to.deep.equal({ commitment: block.after, check: 'contract-call' });
    await reader.read(headerOf(chain.at(1n) as FakeBlock));
    expect(endpoint.calls).to.deep.equal(['eth_getProof', 'eth_call', 'eth_call', 'eth_call', 'eth_call']);
  });

  it('is asked where this block’s state cannot be proved, and the next proof is asked for again', async () => {
    endpoint.onCall('eth_getProof', refuse(-32000, 'distance to target block exceeds maximum proof window'), 1);
    const reader = open();
    expect((await reader.read(headerOf(block))).check).to.equal('contract-call');
    expect((await reader.read(headerOf(chain.at(1n) as FakeBlock))).check).to.equal('storage-proof');
  });

  it('is asked where the proof is not one', async () => {
    const other = await proofOf(chain.at(1n) as FakeBlock);
    const { storageProof, accountProof } = await proofOf(block);
    const bad: readonly unknown[] = [
      other,
      { accountProof, storageProof: [] },
      { accountProof, storageProof: [{ proof: [] }, { proof: [] }] },
      { accountProof: [], storageProof },
      { accountProof: ['0x80'], storageProof },
      null,
      'x',
      { accountProof: ['nonsense'], storageProof },
    ];
    for (const answer of bad) {
      endpoint.onCall('eth_getProof', () => answer);
      expect(await open().read(headerOf(block)), JSON.stringify(answer)).to.deep.equal({
        commitment: block.after,
        check: 'contract-call',
      });
    }
  });

  it('by proofs only: a refusal or a false proof is an error', async () => {
    endpoint.onCall('eth_getProof', refuse(-32601, 'no such method'));
    expect(await codeRejected(open('required').read(headerOf(block)))).to.equal('ETH_REFUSED');
    const other = await proofOf(chain.at(1n) as FakeBlock);
    endpoint.onCall('eth_getProof', () => other);
    expect(await codeRejected(open('required').read(headerOf(block)))).to.equal('ETH_PROOF_INVALID');
  });

  it('by calls only: proofs are not asked for', async () => {
    expect((await open('off').read(headerOf(block))).check).to.equal('contract-call');
    expect(endpoint.calls).to.deep.equal(['eth_call', 'eth_call']);
    expect((await open('off').read(headerOf(chain.at(0n) as FakeBlock))).commitment).to.deep.equal(NO_EVENTS);
  });

  it('is read from storage where the state is there but nothing can be executed in it', async () => {
    endpoint.onCall('eth_call', refuse(-32000, 'No known hardfork for execution on historical block 2'));
    expect(await open('off').read(headerOf(block))).to.deep.equal({ commitment: block.after, check: 'storage-read' });
  });

  it('pruned state, unknown blocks and other contracts have their codes', async () => {
    endpoint.onCall('eth_call', refuse(-32000, 'missing trie node'));
    endpoint.onCall('eth_getStorageAt', refuse(-32000, 'missing trie node'));
    expect(await codeRejected(open('off').read(headerOf(block)))).to.equal('ETH_STATE_UNAVAILABLE');
    endpoint.onCall('eth_call', refuse(-32000, 'header not found'));
    expect(await codeRejected(open('off').read(headerOf(block)))).to.equal('ETH_BLOCK_UNKNOWN');
    endpoint.onCall('eth_call', refuse(3, 'execution reverted'));
    expect(await codeRejected(open('off').read(headerOf(block)))).to.equal('ETH_NOT_STAKING_CONTRACT');
    for (const answer of ['0x', `0x${'00'.repeat(31)}`, `0x${'ff'.repeat(32)}`, `0x${'00'.repeat(64)}`]) {
      endpoint.onCall('eth_call', () => answer);
      expect(await codeRejected(open('off').read(headerOf(block))), answer).to.equal('ETH_NOT_STAKING_CONTRACT');
    }
    endpoint.onCall('eth_call', () => null);
    expect(await codeRejected(open('off').read(headerOf(block)))).to.equal('ETH_MALFORMED');
  });

  it('believes nothing in an answer but its nodes', async () => {
    const honest = await proofOf(block);
    const boasting = {
      ...honest,
      storageHash: `0x${'00'.repeat(32)}`,
      balance: 'x',
      storageProof: (honest.storageProof as JsonObject[]).map((slot) => ({ ...slot, value: '0x777', key: 'x' })),
    };
    expect(await verifyCommitmentProof(boasting as Json, headerOf(block), CONTRACT)).to.deep.equal(block.after);
    const swapped = { ...honest, storageProof: [...(honest.storageProof as JsonObject[])].reverse() };
    expect(await codeRejected(verifyCommitmentProof(swapped, headerOf(block), CONTRACT))).to.equal('ETH_PROOF_INVALID');
    expect(await codeRejected(verifyCommitmentProof(honest, headerOf(block), STRANGER))).to.equal('ETH_PROOF_INVALID');
  });

  it('the empty trie needs no nodes', async () => {
    expect(
      await provenValue('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421', new Uint8Array(32), []),
    ).to.equal(null);
    expect(await provenValue(`0x${'12'.repeat(32)}`, new Uint8Array(32), [])).to.equal(undefined);
  });
});
