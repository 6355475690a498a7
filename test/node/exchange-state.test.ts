import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { formatGenesisDoc } from '../../relayer/abci/parse-genesis-doc.ts';
import { fromHex, toHex } from '../../relayer/lib/bytes.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { type NodeConfig, nodeConfigSchema } from '../../relayer/node/config-schema.ts';
import { exportState, importState } from '../../relayer/node/exchange-state.ts';
import { homeLayout } from '../../relayer/node/home-layout.ts';
import { openStore } from '../../relayer/store/level-store.ts';
import { DrivenPeg, genesisDocOf, storyOf } from '../helpers/driven-peg.ts';
import { failure } from '../helpers/failure.ts';
import { peg } from '../helpers/peg-process.ts';
import { add, StakingHistory } from '../helpers/staking-history.ts';

const history = new StakingHistory(100n).mine(105, add('A', 100n), add('B', 300n));

describe('state as a file', () => {
  let folder: string;
  let full: NodeConfig;
  let empty: NodeConfig;
  let file: string;
  let appHash: string;
  const driven = new DrivenPeg();
  const genesis = genesisDocOf(driven.genesis);

  async function home(name: string, doc = genesis): Promise<NodeConfig> {
    const config = nodeConfigSchema.parse({ home: join(folder, name) });
    const path = homeLayout(config.home).genesis;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, formatGenesisDoc(doc));
    return config;
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-exchange-'));
    full = await home('full');
    const store = await openStore({ folder: homeLayout(full.home).state });
    await driven.open(store);
    for (const txs of storyOf(driven, history)) await driven.block(...txs);
    appHash = toHex(store.root);
    await store.close();
    file = join(folder, 'state.peg');
    await exportState(full, file, options());
  });
  beforeEach(async () => {
    empty = await home('empty');
  });
  afterEach(() => rm(join(folder, 'empty'), { recursive: true, force: true }));
  after(() => rm(folder, { recursive: true, force: true }));

  const options = (progress: number[] = []) => ({
    signal: new AbortController().signal,
    appHash: undefined,
    onProgress: (done: number, all: number) => void progress.push(done / all),
  });

  it('leads to the same state in another home, which goes on from it', async () => {
    const progress: number[] = [];
    const imported = await importState(empty, file, { ...options(progress), appHash: fromHex(appHash) });
    expect(imported).to.include({ network: 'peg-test', height: 5n, appHash: `0x${appHash}` });
    expect(progress.at(-1)).to.equal(1);
    const store = await openStore({ folder: homeLayout(empty.home).state });
    const replica = new DrivenPeg();
    await replica.open(store);
    replica.height = driven.height;
    const request = driven.request(driven.post('A', 'hello', 2));
    replica.domain = driven.domain;
    expect((await replica.decide(request)).codes).to.deep.equal(['ok']);
    await store.close();
    const again = join(folder, 'again.peg');
    await rm(homeLayout(empty.home).state, { recursive: true });
    await importState(empty, file, options());
    await exportState(empty, again, options());
    expect(await readFile(again)).to.deep.equal(await readFile(file));
  });

  it('is refused when it is not the state that it should be, and nothing is changed', async () => {
    const other = await home('other', { ...genesis, chain_id: 'other' });
    const cases: readonly (readonly [string, () => Promise<unknown>, string])[] = [
      ['another app hash', () => importState(empty, file, { ...options(), appHash: new Uint8Array(32) }), 'STATE_FOREIGN'],
      ['another genesis', () => importState(other, file, options()), 'STATE_FOREIGN'],
      [
        'no genesis',
        () => importState(nodeConfigSchema.parse({ home: join(folder, 'none') }), file, options()),
        'HOME_INCOMPLETE',
      ],
      ['a home with a state', () => importState(full, file, options()), 'STATE_EXISTS'],
      ['no file', () => importState(empty, join(folder, 'nothing'), options()), 'STORE_IO'],
      ['another file', () => importState(empty, homeLayout(empty.home).genesis, options()), 'SNAPSHOT_INVALID'],
      ['nothing to export', () => exportState(empty, join(folder, 'new.peg'), options()), 'STATE_EMPTY'],
      ['over a file', () => exportState(full, file, options()), 'SNAPSHOT_EXISTS'],
    ];
    for (const [name, run, code] of cases) expect(await failure(run()), name).to.have.property('code', code);
  });

  it('is not looked for where there is no home, and nothing is made there', async () => {
    const nowhere = nodeConfigSchema.parse({ home: join(folder, 'nowhere') });
    const error = await failure(exportState(nowhere, join(folder, 'new.peg'), options()));
    expect(error).to.have.property('code', 'HOME_INCOMPLETE');
    expect(await failure(stat(nowhere.home))).to.have.property('code', 'ENOENT');
  });

  it('leaves the home empty when it is damaged or given up, and the home takes it afterwards', async () => {
    const bytes = await readFile(file);
    const damaged = join(folder, 'damaged.peg');
    bytes[200] = (bytes[200] as number) ^ 1;
    await writeFile(damaged, bytes);
    expect(await failure(importState(empty, damaged, options()))).to.have.property('code', 'SNAPSHOT_CHUNK_ALTERED');
    const given = { ...options(), signal: AbortSignal.abort(new Error('enough')) };
    expect(await failure(importState(empty, file, given))).to.have.property('message', 'enough');
    expect((await importState(empty, file, options())).height).to.equal(5n);
  });

  it('is not read or written under a running node', async () => {
    const store = await openStore({ folder: homeLayout(full.home).state });
    try {
      for (const promise of [exportState(full, join(folder, 'x'), options()), importState(full, file, options())])
        expect(await failure(promise)).to.have.property('code', 'HOME_IN_USE');
    } finally {
      await store.close();
    }
  });

  it('goes through the command line, which says what was not verified', async () => {
    const copy = join(folder, 'copy');
    await cp(full.home, copy, { recursive: true });
    const output = join(folder, 'cli.peg');
    const exported = await peg(['export', '--home', copy, '--output', output, '--json']);
    expect(exported.code, exported.stderr).to.equal(0);
    expect(JSON.parse(exported.stdout)).to.include({ network: 'peg-test', height: 5, appHash: `0x${appHash}` });
    expect(await readFile(output)).to.deep.equal(await readFile(file));
    const wrong = await peg(['import', '--home', empty.home, '--input', output, '--app-hash', '00'.repeat(32)]);
    expect([wrong.code, wrong.stdout]).to.deep.equal([1, '']);
    const imported = await peg(['import', '--home', empty.home, '--input', output]);
    expect(imported.code, imported.stderr).to.equal(0);
    expect(imported.stdout).to.include(`app hash  0x${appHash}`);
    expect(imported.stderr).to.include('not verified');
    const bad = await peg(['import', '--home', empty.home, '--input', output, '--app-hash', 'x']);
    expect(bad.code).to.equal(2);
    await rm(join(empty.home, 'state'), { recursive: true });
    const verified = await peg(['import', '--home', empty.home, '--input', output, '--app-hash', appHash, '--json']);
    expect(JSON.parse(verified.stdout)).to.include({ height: 5, verified: true });
    expect(verified.stderr).to.not.include('not verified');
  });

  it('is not opened under another genesis', async () => {
    const { openApplication } = await import('../../relayer/node/open-application.ts');
    const { Lifecycle } = await import('../../relayer/lib/lifecycle.ts');
    for (const [doc, code] of [
      [{ ...genesis, chain_id: 'other' }, 'STATE_FOREIGN'],
      [genesis, undefined],
    ] as const) {
      const lifecycle = new Lifecycle();
      const outcome = await openApplication(full, doc, { log: silentLog, lifecycle }).catch((error: unknown) => error);
      await lifecycle.close();
      expect((outcome as { code?: string }).code).to.equal(code);
    }
  });
});
