import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openStore } from '../../relayer/store/level-store.ts';
import { applyToModel, type Model, modelEntries, readEntries } from '../helpers/store-model.ts';
import { blockChanges } from '../helpers/store-process.ts';

const ALL = new Uint8Array(0);
const PROGRAM = new URL('../helpers/store-process.ts', import.meta.url).pathname;

/** Lets the program commit at least `commits` times, kills it in the middle of its work, and returns the last version that it acknowledged. */
function runAndKill(folder: string, commits: number): Promise<bigint> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    let lines = 0;
    child.stdout.on('data', (data) => {
      output += data;
      lines += data.toString().split('\n').length - 1;
      if (lines > commits) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(`the program ended with ${code}: ${output}`));
      else resolve(BigInt(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1) as string));
    });
  });
}

describe('store killed in the middle of its work', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-store-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('has every acknowledged commit, at most one more, and nothing half done', async () => {
    const models: Model[] = [new Map()];
    const modelAt = (version: number): Model => {
      while (models.length <= version) models.push(applyToModel(models.at(-1) as Model, blockChanges(models.length)));
      return models[version] as Model;
    };
    const home = join(folder, 'store');
    for (let kill = 0; kill < 10; kill++) {
      const acknowledged = await runAndKill(home, 3 + 13 * kill);
      const store = await openStore({ folder: home, keepVersions: 4 });
      expect(
        store.version === acknowledged || store.version === acknowledged + 1n,
        `${acknowledged} then ${store.version}`,
      ).to.equal(true);
      for (const version of [store.version, store.oldestVersion]) {
        const model = modelAt(Number(version));
        expect(readEntries(store.reader(version).scan(ALL))).to.deep.equal(modelEntries(model));
      }
      expect(store.meta('height')).to.deep.equal(Uint8Array.of(Number((store.version - 1n) & 0xffn)));
      // What a kill leaves must also bear the next one, so only every other time is it put in order.
      if (kill % 2 === 0) expect((await store.verify()).entries).to.equal(modelAt(Number(store.version)).size);
      await store.close();
    }
  }).timeout(300_000);
});
