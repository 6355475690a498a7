import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { toHex } from '../../relayer/lib/bytes.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import { verifyProof } from '../../relayer/store/verify-proof.ts';
import { anyChanges, applyToModel, type Model, modelEntries, readEntries } from '../helpers/store-model.ts';

const ALL = new Uint8Array(0);

describe('store on disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-store-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is the same after it is opened again, old versions and rollback included', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('commit' as const), changes: anyChanges }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('rollback' as const), back: fc.nat(3) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('verify' as const) }) },
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14, size: 'max' }), async (steps) => {
        const options = { folder: join(folder, String(run++)), keepVersions: 4 };
        let store = await openStore(options);
        let models: Model[] = [new Map()];
        for (const step of steps) {
          if (step.do === 'commit') {
            models.push(applyToModel(models.at(-1) as Model, step.changes));
            store.stage(step.changes);
            await store.commit(store.version + 1n, { step: Uint8Array.of(models.length) });
          } else if (step.do === 'reopen') {
            await store.close();
            store = await openStore(options);
          } else if (step.do === 'rollback') {
            const back = store.version - BigInt(step.back);
            await store.rollback(back < store.oldestVersion ? store.oldestVersion : back);
            models = models.slice(0, Number(store.version) + 1);
          } else await store.verify();
          expect(store.version).to.equal(BigInt(models.length - 1));
          expect(store.meta('step')).to.deep.equal(models.length === 1 ? undefined : Uint8Array.of(models.length));
          for (let v = store.oldestVersion; v <= store.version; v++) {
            const model = models[Number(v)] as Model;
            expect(readEntries(store.reader(v).scan(ALL)), `version ${v}`).to.deep.equal(modelEntries(model));
          }
          const [key, value] = [...store.reader().scan(ALL)][0] ?? [ALL, undefined];
          expect(verifyProof(store.prove(key), store.root, key, value)).to.equal(true);
        }
        const root = toHex(store.root);
        const audit = await store.verify();
        expect(audit.entries).to.equal((models.at(-1) as Model).size);
        await store.close();
        store = await openStore(options);
        expect(toHex(store.root)).to.equal(root);
        await store.close();
      }),
      { numRuns: 40, endOnFailure: true },
    );
  }).timeout(120_000);

  it('may begin at any version, and is the same after it is opened again, at once and after many more', async () => {
    for (const first of [7n, 10n ** 15n]) {
      const home = join(folder, String(first));
      const copy = `${home} copy`;
      let store = await openStore({ folder: home, keepVersions: 3 });
      const commit = async (version: bigint) => {
        store.stage([[Uint8Array.of(Number(version % 200n)), Uint8Array.of(1)]]);
        await store.commit(version);
      };
      await commit(first);
      await cp(home, copy, { recursive: true });
      const killed = await openStore({ folder: copy });
      expect([killed.version, killed.oldestVersion]).to.deep.equal([first, first]);
      expect(toHex(killed.root)).to.equal(toHex(store.root));
      await killed.close();
      for (const until of [first + 1n, first + 3n, first + 150n]) {
        await store.close();
        store = await openStore({ folder: home, keepVersions: 3 });
        while (store.version < until) await commit(store.version + 1n);
        expect(readEntries(store.reader().scan(ALL)).length).to.equal(Number(until - first) + 1);
      }
      await store.verify();
      await store.close();
    }
  }).timeout(120_000);

  it('goes on with commits while a checkpoint is written, as many as the next one may have', async () => {
    const store = await openStore({ folder, keepVersions: 3 });
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { batch } = ClassicLevel.prototype;
    ClassicLevel.prototype.batch = function (this: ClassicLevel) {
      const whole = batch.call(this) as unknown as { put: (key: string, value: unknown) => unknown; write: () => Promise<void> };
      const { put, write } = whole;
      whole.put = (key, value) => {
        if (key === 'checkpoint') whole.write = async () => held.then(() => write.call(whole));
        return put.call(whole, key, value);
      };
      return whole;
    } as never;
    try {
      const commit = async () => {
        store.stage([[Uint8Array.of(1), Uint8Array.of(Number(store.version % 200n))]]);
        await store.commit(store.version + 1n);
      };
      for (let version = 1; version <= 128; version++) await commit();
      let waited = true;
      const next = commit().then(() => {
        waited = false;
      });
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(waited).to.equal(true);
      release();
      await next;
    } finally {
      release();
      ClassicLevel.prototype.batch = batch;
    }
    await store.verify();
    await store.close();
  });
});
