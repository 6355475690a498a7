import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { hasCode } from '../../relayer/lib/errors.ts';
import { StoreError } from '../../relayer/store/codes.ts';
import { type LevelStore, openStore } from '../../relayer/store/level-store.ts';
import { applyToModel, type Model, modelEntries, readEntries } from '../helpers/store-model.ts';
import { blockChanges } from '../helpers/store-process.ts';

const ALL = new Uint8Array(0);
const models: Model[] = [new Map()];
const modelAt = (version: bigint): Model => {
  while (models.length <= Number(version)) models.push(applyToModel(models.at(-1) as Model, blockChanges(models.length)));
  return models[Number(version)] as Model;
};

async function commitTo(store: LevelStore, last: bigint): Promise<void> {
  while (store.version < last) {
    store.stage(blockChanges(Number(store.version) + 1));
    await store.commit(store.version + 1n);
  }
}

/** The error of a promise; fails when there is none. */
async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a rejection');
}

/** The version that a folder opens at with exactly that version's content, or the code with which it is refused. */
async function outcome(folder: string): Promise<bigint | string> {
  let store: LevelStore | undefined;
  try {
    store = await openStore({ folder, keepVersions: 4 });
    for (let v = store.oldestVersion; v <= store.version; v++) {
      expect(readEntries(store.reader(v).scan(ALL))).to.deep.equal(modelEntries(modelAt(v)));
    }
    await store.verify();
    return store.version;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    expect(error.message).to.contain(folder);
    return error.code;
  } finally {
    await store?.close().catch(() => {});
  }
}

describe('a store that is damaged', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-store-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Damages one file after the other of a copy of `home`, in several ways each, and calls `check` with what opening says. */
  async function damageEach(home: string, check: (file: string, result: bigint | string) => void): Promise<void> {
    const files = ['STORE.json', ...(await readdir(join(home, 'level'))).map((name) => join('level', name))];
    let n = 0;
    for (const file of files.filter((name) => !/LOCK|LOG/.test(name))) {
      const bytes = await readFile(join(home, file));
      const flips = Array.from({ length: 6 }, (_, i) => Math.floor(((i + 0.5) / 6) * bytes.length));
      for (const way of [...flips, 'half', 'empty', 'gone'] as const) {
        const copy = join(folder, `copy-${n++}`);
        await cp(home, copy, { recursive: true });
        if (way === 'gone') await rm(join(copy, file));
        else if (way === 'half') await truncate(join(copy, file), bytes.length >> 1);
        else if (way === 'empty') await truncate(join(copy, file), 0);
        else await writeFile(join(copy, file), Buffer.from(bytes).fill((bytes[way] as number) ^ 0x40, way, way + 1));
        check(`${file} ${way}`, await outcome(copy));
        await rm(copy, { recursive: true, force: true });
      }
    }
  }

  it('is refused or as good as before when it was closed', async () => {
    const home = join(folder, 'home');
    const store = await openStore({ folder: home, keepVersions: 4 });
    await commitTo(store, 150n);
    await store.close();
    const again = await openStore({ folder: home, keepVersions: 4 });
    await commitTo(again, 160n);
    await again.close();
    const seen = new Set<string>();
    await damageEach(home, (what, result) => {
      seen.add(String(result));
      expect(String(result), what).to.match(/^(160|STORE_CORRUPT|STORE_FOREIGN)$/);
      if (result === 'STORE_FOREIGN') expect(what).to.match(/^STORE.json/);
    });
    expect([...seen]).to.include('STORE_CORRUPT');
  }).timeout(300_000);

  it('is refused or at a complete commit when it was killed', async () => {
    const home = join(folder, 'home');
    const image = join(folder, 'image');
    const store = await openStore({ folder: home, keepVersions: 4 });
    await commitTo(store, 100n);
    await cp(home, image, { recursive: true });
    await store.close();
    expect(await outcome(await copyOf(image))).to.equal(100n);
    await damageEach(image, (what, result) => {
      if (typeof result === 'bigint') expect(result <= 100n, what).to.equal(true);
      else expect(result, what).to.match(/^STORE_(CORRUPT|FOREIGN)$/);
    });
  }).timeout(300_000);

  async function copyOf(image: string): Promise<string> {
    const copy = join(folder, 'copy');
    await cp(image, copy, { recursive: true });
    return copy;
  }

  it('is recognised as foreign, and left alone', async () => {
    await mkdir(join(folder, 'other'));
    await writeFile(join(folder, 'other', 'notes.txt'), 'mine');
    expect(await errorOf(openStore({ folder: join(folder, 'other') }))).to.satisfy((e: unknown) => hasCode(e, 'STORE_FOREIGN'));
    expect(await readdir(join(folder, 'other'))).to.deep.equal(['notes.txt']);
    expect(await errorOf(openStore({ folder: join(folder, 'other', 'notes.txt') }))).to.satisfy((e: unknown) =>
      hasCode(e, 'STORE_FOREIGN'),
    );
    for (const text of ['{"kind":"peg state","format":2}', '{"kind":"diary"}']) {
      await mkdir(join(folder, 'newer'), { recursive: true });
      await writeFile(join(folder, 'newer', 'STORE.json'), text);
      expect(await errorOf(openStore({ folder: join(folder, 'newer') }))).to.satisfy((e: unknown) => hasCode(e, 'STORE_FOREIGN'));
    }
    const plain = new ClassicLevel(join(folder, 'level'));
    await plain.put('a', 'b');
    await plain.close();
    expect(await errorOf(openStore({ folder: join(folder, 'level') }))).to.satisfy((e: unknown) => hasCode(e, 'STORE_FOREIGN'));
  });

  it('is made again when its making was cut off', async () => {
    const home = join(folder, 'home');
    await mkdir(home);
    // A kill, or a full disk, before there was anything under its own name.
    await writeFile(join(home, 'STORE.json.new'), '{"kind"');
    expect(await outcome(home)).to.equal(0n);
    await rm(home, { recursive: true });
    await mkdir(home);
    await writeFile(join(home, 'STORE.json'), '{"kind":"peg state","format":1,"ready":false,"version":"0"}\n');
    expect(await outcome(home)).to.equal(0n);
    expect(await outcome(home)).to.equal(0n);
  });

  it('has one opener at a time', async () => {
    const home = join(folder, 'home');
    const store = await openStore({ folder: home });
    const error = await errorOf(openStore({ folder: home }));
    expect(hasCode(error, 'STORE_LOCKED'), String(error)).to.equal(true);
    const program = `import { openStore } from ${JSON.stringify(new URL('../../relayer/store/level-store.ts', import.meta.url).href)};
      await openStore({ folder: process.argv[1] }).then(() => console.log('opened'), (error) => console.log(error.code));`;
    const said = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program, home], {
      encoding: 'utf8',
    });
    expect(said.trim()).to.equal('STORE_LOCKED');
    await store.close();
    await (await openStore({ folder: home })).close();
  }).timeout(60_000);

  it('has one opener when several make it at the same time, and the others are told so', async () => {
    for (let attempt = 0; attempt < 30; attempt++) {
      const home = join(folder, `${attempt}`);
      const opening = [0, 1, 2].map((number) => later(number * (attempt % 6)).then(() => openStore({ folder: home })));
      const outcomes = await Promise.allSettled(opening);
      const opened = outcomes.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const codes = outcomes.flatMap((result) => (result.status === 'rejected' ? [(result.reason as StoreError).code] : []));
      await Promise.all(opened.map((store) => store.close()));
      expect([opened.length, ...codes]).to.deep.equal([1, 'STORE_LOCKED', 'STORE_LOCKED']);
    }
  }).timeout(60_000);
});

describe('a store whose disk is full', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-store-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('says so, takes no further commit, and has the last one when there is room again', async () => {
    const store = await openStore({ folder, keepVersions: 4 });
    await commitTo(store, 20n);
    const full = Object.assign(new Error('IO error: 000005.log: No space left on device'), { code: 'LEVEL_IO_ERROR' });
    ClassicLevel.prototype.batch = () => {
      throw full;
    };
    try {
      const error = await errorOf(commitTo(store, 21n));
      expect(hasCode(error, 'STORE_DISK_FULL'), String(error)).to.equal(true);
    } finally {
      delete (ClassicLevel.prototype as Partial<ClassicLevel>).batch;
    }
    expect(store.version).to.equal(20n);
    expect(readEntries(store.reader().scan(ALL))).to.deep.equal(modelEntries(modelAt(20n)));
    expect(hasCode(await errorOf(commitTo(store, 21n)), 'STORE_FAILED')).to.equal(true);
    await store.close();
    expect(await outcome(folder)).to.equal(20n);
  });

  it('loses nothing on a real one', async function () {
    const mounted = join(folder, 'small');
    await mkdir(mounted);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', mounted], { stdio: 'ignore' });
    } catch {
      this.skip();
    }
    try {
      const home = join(mounted, 'home');
      const store = await openStore({ folder: home, keepVersions: 4 });
      await commitTo(store, 10n);
      await writeFile(join(mounted, 'ballast'), new Uint8Array(23 * 2 ** 20)).catch(() => {});
      const error = await errorOf(commitTo(store, 10_000n));
      expect(hasCode(error, 'STORE_DISK_FULL'), String(error)).to.equal(true);
      const last = store.version;
      expect(readEntries(store.reader().scan(ALL))).to.deep.equal(modelEntries(modelAt(last)));
      await store.close();
      expect(await outcome(home)).to.be.oneOf(['STORE_DISK_FULL', last, last + 1n]);
      await rm(join(mounted, 'ballast'));
      expect(await outcome(home)).to.be.oneOf([last, last + 1n]);
    } finally {
      execFileSync('umount', [mounted]);
    }
  }).timeout(120_000);
});
