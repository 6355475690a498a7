import { expect } from 'chai';
import fc from 'fast-check';
import { hex, toHex } from '../../relayer/lib/bytes.ts';
import { StoreError } from '../../relayer/store/codes.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { verifyProof } from '../../relayer/store/verify-proof.ts';
import { anyChanges, anyKey, applyToModel, type Model, modelEntries, readEntries } from '../helpers/store-model.ts';

describe('store in memory', () => {
  it('is a sorted map at every kept version, with proofs', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyChanges, { maxLength: 12, size: 'max' }),
        fc.array(anyKey, { maxLength: 20 }),
        async (blocks, others) => {
          const store = openMemoryStore({ keepVersions: 4 });
          const models: Model[] = [new Map()];
          const roots = [toHex(store.root)];
          for (const [i, changes] of blocks.entries()) {
            models.push(applyToModel(models[i] as Model, changes));
            const root = store.stage(changes);
            await store.commit(BigInt(i + 1));
            expect(toHex(store.root)).to.equal(toHex(root));
            roots.push(toHex(root));
          }
          expect(store.oldestVersion).to.equal(BigInt(Math.max(0, blocks.length - 3)));
          for (let v = store.oldestVersion; v <= store.version; v++) {
            const model = models[Number(v)] as Model;
            const reader = store.reader(v);
            expect(readEntries(reader.scan(new Uint8Array(0)))).to.deep.equal(modelEntries(model));
            for (const prefix of ['00', '07', '07aa', '0102', '55']) {
              expect(readEntries(reader.scan(hex(prefix))), prefix).to.deep.equal(modelEntries(model, prefix));
            }
            for (const after of ['00', '07', '07aa', '0102', '55', ...[...model.keys()].slice(0, 5)]) {
              const above = modelEntries(model).filter(([key]) => (key as string) > after);
              expect(readEntries(reader.scan(new Uint8Array(0), hex(after))), `after ${after}`).to.deep.equal(above);
            }
            const keys = [...others, ...[...model.keys()].slice(0, 30).map((key) => hex(key))];
            for (const key of keys) {
              const value = model.get(toHex(key));
              expect(reader.get(key)).to.deep.equal(value);
              const proof = store.prove(key, v);
              const root = hex(roots[Number(v)] as string);
              expect(verifyProof(proof, root, key, value), `proof of ${toHex(key)}`).to.equal(true);
              expect(verifyProof(proof, root, key, value ? undefined : key)).to.equal(false);
              expect(verifyProof(proof, root, key, Uint8Array.of(...(value ?? []), 1))).to.equal(false);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  }).timeout(120_000);

  it('has one root for one content, whatever led to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyChanges, { maxLength: 8, size: 'max' }), async (blocks) => {
        const store = openMemoryStore();
        let model: Model = new Map();
        let version = 0n;
        for (const changes of blocks) {
          model = applyToModel(model, changes);
          store.stage(changes);
          await store.commit(++version);
        }
        const other = openMemoryStore();
        expect(toHex(other.stage([...model].map(([key, value]) => [hex(key), value] as const)))).to.equal(toHex(store.root));
        store.stage([...model.keys()].map((key) => [hex(key), undefined] as const));
        await store.commit(++version);
        expect(toHex(store.root)).to.equal(toHex(openMemoryStore().root));
      }),
      { numRuns: 100 },
    );
  }).timeout(120_000);

  it('names what is wrong with a call', async () => {
    const store = openMemoryStore({ keepVersions: 2 });
    const key = Uint8Array.of(1);
    const codeOf = (call: () => unknown): string => {
      try {
        call();
      } catch (error) {
        if (error instanceof StoreError) return error.code;
      }
      return 'none';
    };
    const rejection = (promise: Promise<unknown>) =>
      promise.then(
        () => 'none',
        (error: StoreError) => error.code,
      );
    expect(() => openMemoryStore({ keepVersions: 1 })).to.throw(RangeError);
    expect(codeOf(() => store.stage([[new Uint8Array(128), key]]))).to.equal('STORE_TOO_LONG');
    expect(codeOf(() => store.reader(1n))).to.equal('STORE_VERSION_UNKNOWN');
    const writing = store.commit(1n);
    expect(codeOf(() => store.stage([]))).to.equal('STORE_BUSY');
    expect(await rejection(store.commit(2n))).to.equal('STORE_BUSY');
    await writing;
    expect(await rejection(store.commit(1n))).to.equal('STORE_VERSION_ORDER');
    expect(await rejection(store.commit(3n))).to.equal('STORE_VERSION_ORDER');
    const reader = store.reader();
    for (const version of [2n, 3n]) {
      store.stage([[key, Uint8Array.of(Number(version))]]);
      await store.commit(version);
    }
    expect(reader.get(key), 'an empty version needs no record').to.equal(undefined);
    expect(codeOf(() => store.prove(key, 1n))).to.equal('STORE_VERSION_UNKNOWN');
    const second = store.reader(2n);
    await store.commit(4n);
    expect(codeOf(() => second.get(key))).to.equal('STORE_VERSION_UNKNOWN');
    await store.close();
    expect(codeOf(() => store.reader())).to.equal('STORE_CLOSED');
    await store.close();
  });

  it('stages again from the last commit, starts at any version, and goes back', async () => {
    const store = openMemoryStore();
    const key = Uint8Array.of(1);
    store.stage([[Uint8Array.of(9), key]]);
    const root = store.stage([[key, key]]);
    await store.commit(700n, { name: key });
    expect(store.root).to.deep.equal(root);
    expect(store.size).to.equal(1);
    expect([store.oldestVersion, store.version]).to.deep.equal([700n, 700n]);
    for (const version of [701n, 702n]) {
      store.stage([
        [key, undefined],
        [Uint8Array.of(Number(version & 0xffn)), new Uint8Array(100)],
      ]);
      await store.commit(version, { name: Uint8Array.of(2) });
    }
    await store.rollback(700n);
    expect([store.version, store.meta('name')]).to.deep.equal([700n, key]);
    expect(store.root).to.deep.equal(root);
    expect(readEntries(store.reader().scan(new Uint8Array(0)))).to.deep.equal([['01', '01']]);
  });
});
