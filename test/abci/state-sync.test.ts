// A node that joins by a snapshot, driven through the Application port as CometBFT drives it: no InitChain, an offer with the
// app hash that the light client verified, chunks from peers that may lie.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  ResponseApplySnapshotChunk_Result as Applied,
  ResponseOfferSnapshot_Result as Offered,
  type RequestOfferSnapshot,
  type Snapshot,
} from 'cosmjs-types/tendermint/abci/types';
import type { Application } from '../../relayer/abci/application.ts';
import { checkCallLog } from '../../relayer/abci/call-grammar.ts';
import type { GenesisDoc } from '../../relayer/abci/genesis-doc.ts';
import { type Bytes, textBytes, toHex } from '../../relayer/lib/bytes.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { sha256 } from '../../relayer/store/sha256.ts';
import { SnapshotFolder } from '../../relayer/store/snapshot-folder.ts';
import { decodeManifest, encodeManifest, type Manifest } from '../../relayer/store/snapshot-format.ts';
import type { StateStore } from '../../relayer/store/state-store.ts';
import { codeName, DrivenPeg, genesisDocOf, storyOf } from '../helpers/driven-peg.ts';
import { add, StakingHistory, staker } from '../helpers/staking-history.ts';

const history = new StakingHistory(100n).mine(105, add('A', 100n), add('B', 300n));
const INFO = { version: '', blockVersion: 0n, p2pVersion: 0n, abciVersion: '' };

describe('peg application: state sync', () => {
  let folder: string;
  let snapshots: SnapshotFolder;
  let store: StateStore;
  let peg: DrivenPeg;
  let genesis: GenesisDoc;
  let joinerStore: StateStore;
  let joiner: DrivenPeg;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-sync-'));
    snapshots = await SnapshotFolder.open({ folder, keep: 2, records: ['chain'] }, { log: silentLog });
    store = openMemoryStore();
    peg = new DrivenPeg();
    genesis = genesisDocOf(peg.genesis);
    await peg.open(store, silentLog, { genesis, snapshots, snapshotInterval: 2 });
    joinerStore = openMemoryStore();
    joiner = new DrivenPeg();
    joiner.attach(joinerStore, silentLog, { genesis });
  });

  afterEach(async () => {
    await snapshots.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function story(): Promise<void> {
    for (const txs of storyOf(peg, history)) {
      await peg.block(...txs);
      await snapshots.settled();
    }
  }

  /** The newest snapshot with the app hash that the light client would verify for it, and its chunks. */
  async function newest(): Promise<{ snapshot: Snapshot; appHash: Bytes; chunks: Bytes[] }> {
    const snapshot = (await peg.application.listSnapshots()).snapshots.at(-1) as Snapshot;
    const appHash = store.rootAt(snapshot.height);
    const request = { height: snapshot.height, format: snapshot.format };
    const chunks = [];
    for (let chunk = 0; chunk < snapshot.chunks; chunk++)
      chunks.push((await peg.application.loadSnapshotChunk({ ...request, chunk })).chunk);
    return { snapshot, appHash, chunks };
  }

  async function offer(request: RequestOfferSnapshot, to: Application = joiner.application): Promise<string> {
    return Offered[(await to.offerSnapshot(request)).result] as string;
  }

  async function apply(index: number, chunk: Bytes, sender = 'peer'): Promise<[string, number[], string[]]> {
    const { result, refetchChunks, rejectSenders } = await joiner.application.applySnapshotChunk({ index, chunk, sender });
    return [Applied[result] as string, refetchChunks, rejectSenders];
  }

  const accepted = ['ACCEPT', [], []];

  it('brings a node to the same state without InitChain, and it goes on with the others', async () => {
    await story();
    const { snapshot, appHash, chunks } = await newest();
    expect(snapshot.height).to.equal(4n);
    expect(await offer({ snapshot, appHash })).to.equal('ACCEPT');
    for (const [index, chunk] of chunks.entries()) expect(await apply(index, chunk)).to.deep.equal(accepted);
    const { lastBlockHeight, lastBlockAppHash } = await joiner.application.info(INFO);
    expect([lastBlockHeight, toHex(lastBlockAppHash)]).to.deep.equal([4n, toHex(appHash)]);

    // The blocks after the snapshot, as block sync brings them: decided, not judged.
    joiner.domain = peg.domain;
    for (const request of peg.decided.slice(4)) await joiner.decide(request);
    expect(await joiner.query('/state')).to.deep.equal(await peg.query('/state'));
    const order = peg.post('A', 'hello', 2);
    expect(codeName(await joiner.check(order))).to.equal('ok');
    const request = peg.request(order);
    expect(await joiner.process(request)).to.equal(true);
    const there = await peg.decide(request);
    const here = await joiner.decide(request);
    expect(there.codes).to.deep.equal(['ok']);
    expect(here.answer).to.deep.equal(there.answer);
    expect(await joiner.ask(`/limit/${staker('B')}`, { prove: true })).to.deep.equal(
      await peg.ask(`/limit/${staker('B')}`, { prove: true }),
    );
    expect(checkCallLog(joiner.calls, { startHeight: 4n, decidedHeight: 5n })).to.equal(undefined);
  });

  it('offers the same bytes on every node, the last ones only', async () => {
    const other = new DrivenPeg();
    const otherFolder = join(folder, 'other');
    const others = await SnapshotFolder.open({ folder: otherFolder, keep: 2, records: ['chain'] }, { log: silentLog });
    await other.open(openMemoryStore(), silentLog, { genesis, snapshots: others, snapshotInterval: 2 });
    for (const txs of [...storyOf(peg, history), [], [], []]) {
      const { height } = await peg.block(...txs);
      await other.decide(peg.decided[Number(height) - 1] as never);
      await Promise.all([snapshots.settled(), others.settled()]);
    }
    const { snapshots: here } = await peg.application.listSnapshots();
    expect(here.map(({ height }) => height)).to.deep.equal([6n, 8n]);
    expect((await other.application.listSnapshots()).snapshots).to.deep.equal(here);
    expect((await peg.application.loadSnapshotChunk({ height: 2n, format: 1, chunk: 0 })).chunk.length).to.equal(0);
    expect((await peg.application.loadSnapshotChunk({ height: 6n, format: 2, chunk: 0 })).chunk.length).to.equal(0);
    expect((await peg.application.loadSnapshotChunk({ height: 6n, format: 1, chunk: 99 })).chunk.length).to.equal(0);
    await others.close();

    const reopened = await SnapshotFolder.open({ folder: otherFolder, keep: 1, records: ['chain'] }, { log: silentLog });
    expect(reopened.snapshots.map(({ manifest }) => manifest.version)).to.deep.equal([8n]);
    await reopened.removeAfter(7n);
    expect(reopened.snapshots).to.deep.equal([]);
    await reopened.close();
  });

  it('refuses offers that cannot be what they say, in bounded memory', async () => {
    await story();
    const { snapshot, appHash } = await newest();
    const manifest = decodeManifest(snapshot.metadata);
    const forged = (changes: Partial<Manifest>): Snapshot => {
      const metadata = encodeManifest({ ...manifest, ...changes });
      return { ...snapshot, metadata, hash: sha256(metadata) };
    };
    const lies: readonly (readonly [string, Snapshot | undefined, string])[] = [
      ['nothing', undefined, 'REJECT'],
      ['another format', { ...snapshot, format: 2 }, 'REJECT_FORMAT'],
      ['another hash', { ...snapshot, hash: new Uint8Array(32) }, 'REJECT_SENDER'],
      ['more chunks', { ...snapshot, chunks: 1_000_000_000 }, 'REJECT_SENDER'],
      ['another height', { ...snapshot, height: 5n }, 'REJECT_SENDER'],
      ['garbage', { ...snapshot, metadata: textBytes('garbage'), hash: sha256(textBytes('garbage')) }, 'REJECT_SENDER'],
      ['far too much', { ...snapshot, metadata: new Uint8Array(3e6), hash: sha256(new Uint8Array(3e6)) }, 'REJECT_SENDER'],
      ['another root', forged({ root: new Uint8Array(32) }), 'REJECT_SENDER'],
      ['no chain', forged({ records: new Map() }), 'REJECT_SENDER'],
      ['a chain of garbage', forged({ records: new Map([['chain', textBytes('{}')]]) }), 'REJECT_SENDER'],
    ];
    for (const [name, lie, expected] of lies)
      expect(await offer({ snapshot: lie, appHash } as RequestOfferSnapshot), name).to.equal(expected);
    expect(await offer({ snapshot, appHash: new Uint8Array(32) }), 'another app hash').to.equal('REJECT_SENDER');

    const elsewhere = new DrivenPeg();
    for (const other of [
      { ...genesis, chain_id: 'peg-other' },
      { ...genesis, genesis_time: '2026-08-01T00:00:00Z' },
    ])
      expect(await offer({ snapshot, appHash }, elsewhere.attach(openMemoryStore(), silentLog, { genesis: other }))).to.equal(
        'REJECT_SENDER',
      );
    expect(await offer({ snapshot, appHash }, elsewhere.attach(openMemoryStore())), 'no genesis').to.equal('ABORT');
    expect(await apply(0, new Uint8Array(3)), 'a chunk of nothing').to.deep.equal(['ABORT', [], []]);
    expect(await offer({ snapshot, appHash }), 'the true one').to.equal('ACCEPT');
  });

  it('names the sender of a false chunk, and asks for those that are missing', async () => {
    const stakers = Array.from({ length: 30_000 }, (_, i) => `0x${i.toString(16).padStart(40, '0')}`);
    const appState = JSON.parse(new TextDecoder().decode(peg.genesis.appStateBytes)) as Record<string, unknown>;
    const balances = Object.fromEntries(stakers.map((address, i) => [address, (10n ** 18n + BigInt(i)).toString()]));
    const large = { ...appState, snapshot: { nonce: 30_000, accumulator: `0x${'11'.repeat(32)}`, balances } };
    Object.assign(peg, { genesis: { ...peg.genesis, appStateBytes: textBytes(JSON.stringify(large)) } });
    genesis = genesisDocOf(peg.genesis);
    store = openMemoryStore();
    await peg.open(store, silentLog, { genesis, snapshots, snapshotInterval: 2 });
    for (const txs of [[], []]) await peg.block(...txs);
    await snapshots.settled();
    joiner.attach(joinerStore, silentLog, { genesis });

    const { snapshot, appHash, chunks } = await newest();
    const [first, second] = chunks as [Bytes, Bytes];
    expect(chunks.length).to.equal(2);
    expect(await offer({ snapshot, appHash })).to.equal('ACCEPT');
    expect(await apply(1, second)).to.deep.equal(['RETRY', [0], []]);
    expect(await apply(0, second, 'liar')).to.deep.equal(['RETRY', [0], ['liar']]);
    expect(await apply(0, first.subarray(1), '')).to.deep.equal(['RETRY', [0], []]);
    expect(await apply(0, first)).to.deep.equal(accepted);
    expect(await apply(0, first), 'repeated').to.deep.equal(accepted);
    // Another snapshot comes in between: it begins anew.
    expect(await offer({ snapshot, appHash })).to.equal('ACCEPT');
    expect(await apply(1, second)).to.deep.equal(['RETRY', [0], []]);
    for (const [index, chunk] of chunks.entries()) expect(await apply(index, chunk)).to.deep.equal(accepted);
    expect(toHex(joinerStore.root)).to.equal(toHex(appHash));
  }).timeout(60_000);

  it('rejects a snapshot whose chunks fit its metadata and not the app hash, and takes the true one after it', async () => {
    await story();
    const { snapshot, appHash, chunks } = await newest();
    const [chunk] = chunks as [Bytes];
    const altered = chunk.slice();
    altered[altered.length - 1] = (altered[altered.length - 1] as number) ^ 1;
    const nothing = new Uint8Array(0);
    const metadata = encodeManifest({
      ...decodeManifest(snapshot.metadata),
      chunks: [nothing, altered].map((bytes) => ({ length: bytes.length, hash: sha256(bytes) })),
    });
    expect(await offer({ snapshot: { ...snapshot, chunks: 2, metadata, hash: sha256(metadata) }, appHash })).to.equal('ACCEPT');
    expect(await apply(0, nothing, 'liar')).to.deep.equal(accepted);
    expect(await apply(0, nothing, 'late')).to.deep.equal(accepted);
    expect(await apply(1, altered, 'helper')).to.deep.equal(['REJECT_SNAPSHOT', [], ['liar', 'helper']]);
    expect((await joiner.application.info(INFO)).lastBlockHeight).to.equal(0n);
    expect(await apply(0, altered)).to.deep.equal(['ABORT', [], []]);
    expect(await offer({ snapshot, appHash })).to.equal('ACCEPT');
    expect(await apply(0, chunk)).to.deep.equal(accepted);
    expect(toHex(joinerStore.root)).to.equal(toHex(appHash));
  });

  it('gives a state up for a snapshot only when it is a snapshot itself, without a block after it', async () => {
    await story();
    const { snapshot, appHash, chunks } = await newest();
    // The engine stopped before it had written down that it has the snapshot, and offers it once more.
    for (let round = 0; round < 2; round++) {
      expect(await offer({ snapshot, appHash })).to.equal('ACCEPT');
      expect((await joiner.application.info(INFO)).lastBlockHeight).to.equal(0n);
      expect((await joiner.ask('/state')).code).to.not.equal(0);
      for (const [index, chunk] of chunks.entries()) expect(await apply(index, chunk)).to.deep.equal(accepted);
      joiner.attach(joinerStore, silentLog, { genesis });
      expect((await joiner.application.info(INFO)).lastBlockHeight).to.equal(4n);
    }
    await joiner.decide(peg.decided[4] as never);
    expect(await offer({ snapshot, appHash })).to.equal('ABORT');
    expect((await joiner.application.info(INFO)).lastBlockHeight).to.equal(5n);
  });

  it('answers queries and transactions at any moment, whatever becomes of the state', async () => {
    await story();
    const { snapshot, appHash, chunks } = await newest();
    const codes = new Set<string>();
    const asked = async <T>(call: Promise<T>): Promise<T> => {
      let under = true;
      void call.finally(() => {
        under = false;
      });
      while (under) {
        codes.add(codeName(await joiner.ask('/round')));
        codes.add(codeName(await joiner.check(textBytes('anything'))));
      }
      return call;
    };
    for (let round = 0; round < 2; round++) {
      expect(await asked(offer({ snapshot, appHash }))).to.equal('ACCEPT');
      for (const [index, chunk] of chunks.entries()) expect(await asked(apply(index, chunk))).to.deep.equal(accepted);
    }
    expect([...codes].sort()).to.deep.equal(['MEMPOOL_NO_STATE', 'QUERY_HEIGHT', 'TX_MALFORMED', 'ok']);
  });

  it('begins from genesis after all when no snapshot was completed', async () => {
    await story();
    const { snapshot, appHash } = await newest();
    expect(await offer({ snapshot, appHash })).to.equal('ACCEPT');
    await joiner.initChain();
    for (const request of peg.decided) await joiner.decide(request);
    expect(await joiner.query('/state')).to.deep.equal(await peg.query('/state'));
  });
});
