import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Bytes, concatBytes, toHex } from '../../relayer/lib/bytes.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { openSnapshot, type SnapshotFile, writeSnapshot } from '../../relayer/store/snapshot-file.ts';
import { CHUNK_LIMIT, CHUNK_TARGET, decodeManifest, encodeManifest, type Manifest } from '../../relayer/store/snapshot-format.ts';
import { SnapshotRestore } from '../../relayer/store/snapshot-restore.ts';
import type { Change, StateStore } from '../../relayer/store/state-store.ts';
import { failure } from '../helpers/failure.ts';
import { anyChanges, applyToModel, type Model, modelEntries, readEntries } from '../helpers/store-model.ts';

const ALL = new Uint8Array(0);
const RECORDS = ['chain'];
const chain = { chain: Uint8Array.of(1, 2, 3) };

/** `count` entries with values of `bytes` bytes. */
function* manyEntries(count: number, bytes: number): Iterable<Change> {
  for (let i = 0; i < count; i++) yield [Uint8Array.of(0x62, i >> 16, i >> 8, i), new Uint8Array(bytes).fill(i)];
}

describe('snapshot', () => {
  let folder: string;
  let number = 0;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-snapshot-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const fresh = () => join(folder, `${number++}`);

  async function snapshotOf(store: StateStore): Promise<SnapshotFile> {
    const path = fresh();
    const frozen = store.freeze();
    await writeSnapshot(frozen, path, { records: RECORDS });
    await frozen.release();
    return openSnapshot(path);
  }

  async function restore(snapshot: SnapshotFile, store: StateStore): Promise<void> {
    const restoring = await SnapshotRestore.begin(store, snapshot.manifest);
    for (let i = 0; i < snapshot.manifest.chunks.length; i++)
      expect(await restoring.take(i, await snapshot.chunk(i))).to.equal('taken');
    await restoring.finish(Object.fromEntries(snapshot.manifest.records));
  }

  it('has the same bytes whatever the history of the store, and leads to the same root', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyChanges, { minLength: 1, maxLength: 6 }), fc.boolean(), async (blocks, reopen) => {
        const memory = openMemoryStore({ keepVersions: 2 });
        const home = fresh();
        let disk = await openStore({ folder: home, keepVersions: 4 });
        let model: Model = new Map();
        for (const [index, changes] of blocks.entries()) {
          model = applyToModel(model, changes);
          disk.stage(changes);
          await disk.commit(BigInt(index + 1), index === 0 ? chain : {});
        }
        if (reopen) {
          await disk.close();
          disk = await openStore({ folder: home });
        }
        // Another history: everything at once, after something that is gone again.
        memory.stage([[Uint8Array.of(9, 9, 9), ALL]]);
        await memory.commit(BigInt(blocks.length - 1 || 1), chain);
        if (blocks.length === 1) await memory.restore().then((restoration) => restoration.abandon());
        memory.stage([
          [Uint8Array.of(9, 9, 9), undefined],
          ...modelEntries(model).map(([key, value]): Change => [Buffer.from(key, 'hex'), Buffer.from(value, 'hex')]),
        ]);
        await memory.commit(BigInt(blocks.length), chain);

        const snapshot = await snapshotOf(disk);
        const other = await snapshotOf(memory);
        expect(toHex(other.manifestBytes)).to.equal(toHex(snapshot.manifestBytes));
        const target = await openStore({ folder: fresh(), keepVersions: 4 });
        await restore(snapshot, target);
        expect(toHex(target.root)).to.equal(toHex(disk.root));
        expect(target.version).to.equal(disk.version);
        expect(target.meta('chain')).to.deep.equal(chain.chain);
        expect(readEntries(target.reader().scan(ALL))).to.deep.equal(modelEntries(model));
        expect((await target.verify()).entries).to.equal(model.size);
        // It goes on like any store.
        for (const store of [target, disk]) {
          store.stage([[Uint8Array.of(7), Uint8Array.of(7)]]);
          await store.commit(store.version + 1n);
        }
        expect(toHex(target.root)).to.equal(toHex(disk.root));
        for (const closing of [snapshot, other, target, disk]) await closing.close();
      }),
      { numRuns: 40 },
    );
  }).timeout(120_000);

  it('is cut into chunks of bounded size, each entry whole', async () => {
    const store = openMemoryStore();
    const long = new Uint8Array(CHUNK_TARGET + 5).fill(7);
    store.stage([...manyEntries(2_000, 3_000), [Uint8Array.of(0x62, 0, 1, 0), long], [Uint8Array.of(0x63), long]]);
    await store.commit(1n);
    const snapshot = await snapshotOf(store);
    const lengths = snapshot.manifest.chunks.map(({ length }) => length);
    expect(lengths.filter((length) => length > CHUNK_TARGET)).to.deep.equal([long.length + 9, long.length + 6]);
    expect(lengths.length).to.equal(9);
    const target = openMemoryStore();
    await restore(snapshot, target);
    expect(toHex(target.root)).to.equal(toHex(store.root));
    await snapshot.close();

    store.stage([[Uint8Array.of(0x64), new Uint8Array(CHUNK_LIMIT)]]);
    await store.commit(2n);
    expect(await failure(snapshotOf(store))).to.have.property('code', 'SNAPSHOT_INVALID');
    expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).to.deep.equal([]);
  });

  for (const where of ['in memory', 'on disk'])
    it(`shows the version it was begun at while the chain goes on, its pages still ${where}`, async () => {
      const home = fresh();
      let store = await openStore({ folder: home, keepVersions: 2, cacheBytes: 2 ** 16 });
      let model: Model = new Map();
      const block = (n: number): Change[] => [...manyEntries(300, 100)].map(([key], i) => [key, new Uint8Array(100).fill(i * n)]);
      for (let n = 1; n <= 3; n++) {
        model = applyToModel(model, block(n));
        store.stage(block(n));
        await store.commit(BigInt(n));
      }
      if (where === 'on disk') {
        await store.close();
        store = await openStore({ folder: home, keepVersions: 2, cacheBytes: 2 ** 16 });
      }
      const root = toHex(store.root);
      const frozen = store.freeze();
      // More versions than are kept, and more than lie between two checkpoints.
      for (let n = 4; n <= 150; n++) {
        store.stage(n % 2 === 0 ? block(n).map(([key]) => [key, undefined]) : block(n));
        await store.commit(BigInt(n));
      }
      const path = fresh();
      await writeSnapshot(frozen, path, { records: RECORDS });
      expect(readEntries(frozen.state.scan(ALL))).to.deep.equal(modelEntries(model));
      await frozen.release();
      const snapshot = await openSnapshot(path);
      expect([snapshot.manifest.version, toHex(snapshot.manifest.root)]).to.deep.equal([3n, root]);
      const target = openMemoryStore();
      await restore(snapshot, target);
      expect(toHex(target.root)).to.equal(root);
      await snapshot.close();
      await store.close();
    });

  it('is not begun in the middle of a commit', async () => {
    const store = openMemoryStore();
    const committing = store.commit(1n);
    expect(() => store.freeze())
      .to.throw()
      .with.property('code', 'STORE_BUSY');
    await committing;
    await store.freeze().release();
  });

  it('leaves nothing behind on a disk that takes all of it but its last bytes', async function () {
    const mounted = fresh();
    await mkdir(mounted);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mounted], { stdio: 'ignore' });
    } catch {
      // Only root may mount.
      this.skip();
    }
    try {
      const page = 4_096;
      const ballast = join(mounted, 'ballast');
      await writeFile(ballast, new Uint8Array(2 ** 20)).catch(() => {});
      await truncate(ballast, (await stat(ballast)).size - page);
      // The manifest begins in the one page that is left and ends beyond it.
      const store = openMemoryStore();
      store.stage([[Uint8Array.of(1), new Uint8Array(page - 100)]]);
      await store.commit(1n);
      const frozen = store.freeze();
      const error = await failure(writeSnapshot(frozen, join(mounted, 'snapshot'), { records: [] }));
      expect(error).to.have.property('code', 'STORE_DISK_FULL');
      expect(await readdir(mounted)).to.deep.equal(['ballast']);
    } finally {
      execFileSync('umount', [mounted]);
    }
  });

  it('leaves nothing behind when it is given up, and is not written over', async () => {
    const store = openMemoryStore();
    store.stage(manyEntries(2_000, 10));
    await store.commit(1n);
    const path = fresh();
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const frozen = store.freeze();
    expect(await failure(writeSnapshot(frozen, path, { records: [], signal: stop.signal }))).to.have.property(
      'message',
      'enough',
    );
    expect(await readdir(folder)).to.deep.equal([]);
    await writeFile(`${path}.partial`, 'another process');
    expect(await failure(writeSnapshot(frozen, path, { records: [] }))).to.have.property('code', 'SNAPSHOT_EXISTS');
    await frozen.release();
  });

  describe('that is false', () => {
    let store: StateStore;
    let snapshot: SnapshotFile;
    let chunks: Bytes[];
    let target: StateStore;

    beforeEach(async () => {
      store = openMemoryStore();
      store.stage(manyEntries(1_000, 2_500));
      await store.commit(5n, chain);
      snapshot = await snapshotOf(store);
      chunks = await Promise.all(snapshot.manifest.chunks.map((_, i) => snapshot.chunk(i)));
      target = openMemoryStore();
    });
    afterEach(() => snapshot.close());

    it('takes chunks in order, each once', async () => {
      const restoring = await SnapshotRestore.begin(target, snapshot.manifest);
      const [a, b, c] = chunks as [Bytes, Bytes, Bytes];
      expect(chunks.length).to.equal(3);
      expect(await restoring.take(1, b)).to.equal('early');
      expect(await restoring.take(7, b)).to.equal('early');
      expect(await restoring.take(0, a)).to.equal('taken');
      expect(await restoring.take(0, a)).to.equal('repeated');
      expect(await restoring.take(1, c)).to.equal('altered');
      expect(await restoring.take(1, b.subarray(1))).to.equal('altered');
      expect(await restoring.take(1, b)).to.equal('taken');
      expect(restoring.complete).to.equal(false);
      expect(() => target.stage([]))
        .to.throw()
        .with.property('code', 'STORE_BUSY');
      expect(await restoring.take(2, c)).to.equal('taken');
      await restoring.finish(chain);
      expect(toHex(target.root)).to.equal(toHex(store.root));
    });

    it('is noticed whatever byte of a chunk is altered', async () => {
      const small = openMemoryStore();
      small.stage(manyEntries(40, 30));
      await small.commit(1n);
      const { manifest, chunk, close } = await snapshotOf(small);
      const bytes = await chunk(0);
      await close();
      const restoring = await SnapshotRestore.begin(target, manifest);
      for (let at = 0; at < bytes.length; at++) {
        const altered = bytes.slice();
        altered[at] = (altered[at] as number) ^ (1 << (at % 8));
        expect(await restoring.take(0, altered), `byte ${at}`).to.equal('altered');
      }
      await restoring.abandon();
    });

    /** What becomes of a snapshot whose manifest was made to fit false chunks. */
    async function outcomeOf(false_: readonly Bytes[], changes: Partial<Manifest> = {}): Promise<string> {
      const forged = openMemoryStore();
      forged.stage([[Uint8Array.of(1), Uint8Array.of(1)]]);
      await forged.commit(1n);
      const { sha256 } = await import('../../relayer/store/sha256.ts');
      const digests = false_.map((chunk) => ({ length: chunk.length, hash: sha256(chunk) }));
      const restoring = await SnapshotRestore.begin(target, { ...snapshot.manifest, chunks: digests, ...changes });
      try {
        for (const [i, chunk] of false_.entries()) await restoring.take(i, chunk);
        await restoring.finish(chain);
        return 'adopted';
      } catch (error) {
        await restoring.abandon();
        return (error as { code: string }).code;
      } finally {
        if (target.version === 0n) expect([...target.reader().scan(ALL)]).to.deep.equal([]);
      }
    }

    it('is refused when its manifest fits false chunks, and the store is then empty and good for another', async () => {
      const [a, b, c] = chunks as [Bytes, Bytes, Bytes];
      const altered = a.slice();
      altered[40] = 1;
      expect(await outcomeOf([altered, b, c]), 'another value').to.equal('SNAPSHOT_INVALID');
      expect(await outcomeOf([a, b]), 'too few entries').to.equal('SNAPSHOT_INVALID');
      expect(await outcomeOf([a, b, c, Uint8Array.of(1, 0xff, 0, 0, 0, 0)]), 'one more').to.equal('SNAPSHOT_INVALID');
      expect(await outcomeOf([a, c, b]), 'out of order').to.equal('SNAPSHOT_INVALID');
      expect(await outcomeOf([a, a, b, c]), 'twice').to.equal('SNAPSHOT_INVALID');
      expect(await outcomeOf([a, b, c.subarray(0, -1)]), 'cut off').to.equal('SNAPSHOT_INVALID');
      expect(await outcomeOf([Uint8Array.of(1, 5, 0xff, 0xff, 0xff, 0xff)]), 'a huge value').to.equal('SNAPSHOT_INVALID');
      expect(await outcomeOf([Uint8Array.of(0xff)]), 'a key cut off').to.equal('SNAPSHOT_INVALID');
      expect(await outcomeOf([a, b, c], { entries: 999n }), 'another number').to.equal('SNAPSHOT_INVALID');
      expect(target.version).to.equal(0n);
      expect(await outcomeOf([a, b, c])).to.equal('adopted');
      expect(toHex(target.root)).to.equal(toHex(store.root));
    });

    it('is refused as a file whatever byte of its end is altered, and wherever it is cut', async () => {
      const [made] = await readdir(folder);
      const original = concatBytes(await readFile(join(folder, made as string)));
      const path = fresh();
      const end = original.length - snapshot.manifestBytes.length - 36;
      const outcome = async (bytes: Uint8Array): Promise<string | undefined> => {
        await writeFile(path, bytes);
        const opened = await openSnapshot(path).catch((error: { code: string }) => error.code);
        if (typeof opened === 'string') return opened;
        await opened.close();
        return undefined;
      };
      expect(await outcome(original)).to.equal(undefined);
      for (let at = 0; at < original.length; at = at === 15 ? end : at + 1) {
        const altered = original.slice();
        altered[at] = (altered[at] as number) ^ (1 << (at % 8));
        expect(await outcome(altered), `byte ${at}`).to.equal(at === 15 ? undefined : 'SNAPSHOT_INVALID');
      }
      for (const length of [0, 10, 40, 1_000, end, original.length - 36, original.length - 1])
        expect(await outcome(original.subarray(0, length)), `cut at ${length}`).to.equal('SNAPSHOT_INVALID');
    });
  });

  it('has a manifest with one encoding, whose claims take no memory', () => {
    const manifest: Manifest = {
      version: 7n,
      root: new Uint8Array(32).fill(3),
      entries: 9n,
      chunks: [{ length: 5, hash: new Uint8Array(32).fill(4) }],
      records: new Map([
        ['b', Uint8Array.of(1)],
        ['a', Uint8Array.of()],
      ]),
    };
    const bytes = encodeManifest(manifest);
    expect(decodeManifest(bytes)).to.deep.equal({ ...manifest, records: new Map([...manifest.records].reverse()) });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const altered = bytes.slice();
        altered[at] = value;
        let decoded: Manifest | undefined;
        try {
          decoded = decodeManifest(altered);
        } catch (error) {
          expect(error).to.have.property('code', 'SNAPSHOT_INVALID');
        }
        if (decoded) expect(toHex(encodeManifest(decoded))).to.equal(toHex(altered));
      }),
      { numRuns: 3_000 },
    );
    const huge = bytes.slice();
    huge.fill(0xff, 48, 52);
    for (const hostile of [huge, bytes.subarray(0, 50), concatBytes(bytes, ALL, Uint8Array.of(0)), new Uint8Array(3_000_000)])
      expect(() => decodeManifest(hostile))
        .to.throw()
        .with.property('code', 'SNAPSHOT_INVALID');
  });
});
