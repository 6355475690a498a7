import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { toHex } from '../../relayer/lib/bytes.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { openSnapshot, writeSnapshot } from '../../relayer/store/snapshot-file.ts';
import { SnapshotFolder } from '../../relayer/store/snapshot-folder.ts';
import { SnapshotRestore } from '../../relayer/store/snapshot-restore.ts';
import type { Change } from '../../relayer/store/state-store.ts';

const PROGRAM = new URL('../helpers/restore-process.ts', import.meta.url).pathname;
const KILLS = process.env.PEG_LONG === undefined ? 8 : 100;

/** 20,000 entries of 300 bytes: six chunks. */
function* entries(): Iterable<Change> {
  for (let i = 0; i < 20_000; i++) yield [Uint8Array.of(0x62, i >> 8, i), new Uint8Array(300).fill(i)];
}

/** Runs the program and kills it so many milliseconds after it has said `text`; gives what it said until then. */
function runAndKill(args: readonly string[], text: string, delayMs: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    let told = false;
    child.stdout.on('data', (data) => {
      output += data;
      if (told || !output.split('\n').includes(text)) return;
      told = true;
      setTimeout(() => child.kill('SIGKILL'), delayMs);
    });
    child.on('error', reject);
    child.on('close', () => resolve(output.trimEnd().split('\n')));
  });
}

describe('snapshots and kill -9', () => {
  let folder: string;
  let file: string;
  let root: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-restore-'));
    file = join(folder, 'snapshot.peg');
    const store = openMemoryStore();
    store.stage(entries());
    await store.commit(7n);
    root = toHex(store.root);
    const frozen = store.freeze();
    await writeSnapshot(frozen, file, { records: [] });
    await frozen.release();
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('a restore leaves an empty store or a whole one, which both work', async () => {
    const seen = new Set<bigint>();
    const seed = Date.now() % 1_000_000;
    for (let kill = 0; kill < KILLS; kill++) {
      // Every chunk, the time between two of them, and the end.
      const at = kill % 8 === 7 ? 'done' : String(1 + (kill % 7));
      const delayMs = ((seed + kill * 7919) % 30) / 2;
      const home = join(folder, `home-${kill % 3}`);
      const said = await runAndKill(['restore', file, home], at === '7' ? '6' : at, delayMs);
      const store = await openStore({ folder: home });
      const what = `kill ${kill} after ${said.at(-1)} (seed ${seed})`;
      seen.add(store.version);
      if (said.includes('done')) expect(store.version, what).to.equal(7n);
      if (store.version === 7n) {
        expect(toHex(store.root), what).to.equal(root);
        expect((await store.verify()).entries, what).to.equal(20_000);
      } else {
        expect(store.version, what).to.equal(0n);
        expect((await store.verify()).pages, what).to.equal(0);
        const snapshot = await openSnapshot(file);
        const restore = await SnapshotRestore.begin(store, snapshot.manifest);
        for (let i = 0; i < snapshot.manifest.chunks.length; i++) await restore.take(i, await snapshot.chunk(i));
        await restore.finish({});
        expect(toHex(store.root), what).to.equal(root);
        await snapshot.close();
      }
      store.stage([[Uint8Array.of(1), Uint8Array.of(1)]]);
      await store.commit(8n);
      await store.close();
    }
    expect([...seen]).to.include(0n);
  }).timeout(600_000);

  it('a snapshot that is being made is whole afterwards or not there', async () => {
    const home = join(folder, 'made-from');
    const store = await openStore({ folder: home });
    store.stage(entries());
    await store.commit(7n);
    await store.close();
    const target = join(folder, 'made');
    const seed = Date.now() % 1_000_000;
    for (let kill = 0; kill < KILLS / 3; kill++) {
      await runAndKill(['make', home, target], '2', (seed + kill * 7919) % 80);
      const snapshots = await SnapshotFolder.open({ folder: target, keep: 2, records: [] }, { log: silentLog });
      expect(snapshots.snapshots.length, `kill ${kill} (seed ${seed})`).to.equal(2);
      for (const { manifest, chunk } of snapshots.snapshots) {
        expect(toHex(manifest.root)).to.equal(root);
        for (const index of manifest.chunks.keys()) await chunk(index);
      }
      await snapshots.close();
      expect((await readdir(target)).length).to.equal(2);
    }
  }).timeout(600_000);
});
