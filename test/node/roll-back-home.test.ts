// Going back a height, killed between the engine's part and the application's: a start must be able to put it right, which it
// is unless the application has a block more than the engine.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { homeLayout } from '../../relayer/node/home-layout.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import { DrivenPeg } from '../helpers/driven-peg.ts';
import { peg } from '../helpers/peg-process.ts';

const LAST = 5n;

describe('a rollback that is killed', function () {
  this.timeout(60_000);
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'peg-rollback-'));
    const driven = new DrivenPeg();
    const store = await openStore({ folder: homeLayout(home).state });
    await driven.open(store);
    for (let height = 1n; height <= LAST; height++) await driven.block();
    await store.close();
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  /** The height of the application after the command was killed when the engine had just gone back. */
  async function heightAfter(...flags: string[]): Promise<bigint> {
    const engine = join(home, 'engine');
    const kill = `if [ "$1" = version ]; then echo 0.39.4; else kill -9 $PPID; fi`;
    await writeFile(engine, `#!/bin/sh\n${kill}\n`, { mode: 0o755 });
    await writeFile(join(home, 'peg.toml'), `cometbft = "${engine}"\n`);
    const { code, stderr } = await peg(['rollback', '--home', home, ...flags]);
    expect(code, stderr).to.equal(null);
    const store = await openStore({ folder: homeLayout(home).state });
    await store.close();
    return store.version;
  }

  it('leaves the application where a start finishes the last block, which the engine still has', async () => {
    expect(await heightAfter()).to.equal(LAST);
  });

  it('leaves no application ahead of an engine that has removed the block', async () => {
    expect(await heightAfter('--remove-block')).to.equal(LAST - 1n);
  });
});
