// The config of a node: which source wins, what is refused, and that every message names where a value was set.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { configFields } from '../../relayer/node/config-schema.ts';
import { CONFIG_FILE, type ConfigSources, loadConfig, pathFrom } from '../../relayer/node/load-config.ts';
import { nearestName } from '../../relayer/node/nearest-name.ts';
import { failure } from '../helpers/failure.ts';

describe('node config', () => {
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'peg-config-'));
  });

  afterEach(() => rm(home, { recursive: true, force: true }));

  const load = (sources: ConfigSources = {}) => loadConfig({ env: { PEG_HOME: home }, ...sources });
  const file = (text: string) => writeFile(join(home, CONFIG_FILE), text);
  const refusal = async (sources: ConfigSources) => (await failure(load(sources))) as Error & { code: string };

  it('has a default for everything that can have one', async () => {
    expect(await load()).to.deep.equal({
      home,
      name: 'node',
      ethereum: {
        urls: [],
        websocketUrls: [],
        receiptSample: 0.05,
        timeoutMs: 10_000,
        pollIntervalMs: 1_000,
        stallWarningMs: 60_000,
        finalizedStallWarningMs: 1_200_000,
      },
      witness: { finality: 'depth', pollIntervalMs: 500 },
      store: { keepVersions: 16, cacheMib: 128, snapshotInterval: 1_000, keepSnapshots: 2, retainBlocks: 0 },
      consensus: {
        p2pAddress: '127.0.0.1:26656',
        rpcAddress: '127.0.0.1:26657',
        peers: [],
        local: false,
        commitPauseMs: 1_000,
        emptyBlocks: true,
        restarts: 5,
        extra: [],
        stateSync: { servers: [] },
      },
      api: {
        host: '127.0.0.1',
        trustedProxies: [],
        requestsPerSecond: 2_000,
        connections: 4_000,
        connectionsPerAddress: 1_000,
        streamReaders: 1_000,
        streamStallMs: 10_000,
        ordersUnderway: 1_000,
        headerBytes: 16_384,
        bodyBytes: 600_000,
        headersTimeoutMs: 5_000,
        requestTimeoutMs: 10_000,
        answerTimeoutMs: 10_000,
      },
      audit: { leastMinutes: 1 },
      log: { level: 'info' },
    });
    for (const env of [{}, { PEG_HOME: '' }]) expect((await loadConfig({ env })).home).to.equal(join(homedir(), '.peg'));
  });

  it('takes flags over environment over file over defaults', async () => {
    await file(
      'name = "from file"\n[store]\nkeep_versions = 7\ncache_mib = 8\n[log]\nlevel = "warn"\n[ethereum]\nurls = ["http://127.0.0.1:8545"]\n',
    );
    const env = { PEG_HOME: home, PEG_STORE_KEEP_VERSIONS: '9', PEG_LOG_LEVEL: 'error', PEG_NAME: '' };
    const config = await load({ env, flags: { 'log.level': 'debug', 'store.cacheMib': undefined } });
    expect(config.name, 'an empty variable is not set').to.equal('from file');
    expect(config.store).to.include({ keepVersions: 9, cacheMib: 8 });
    expect(config.log.level).to.equal('debug');
    expect(config.ethereum.urls).to.deep.equal(['http://127.0.0.1:8545']);
    expect((await load({ env: { PEG_HOME: home, PEG_ETHEREUM_URLS: ' https://eth.example ' } })).ethereum.urls).to.deep.equal([
      'https://eth.example',
    ]);
  });

  it('takes limits of the interface and its proxies from each source', async () => {
    await file('[api]\ntrusted_proxies = ["10.0.0.1", "fd00::/8"]\nconnections = 10\n');
    const env = { PEG_HOME: home, PEG_API_REQUESTS_PER_SECOND: '5' };
    const { api } = await load({ env, flags: { 'api.bodyBytes': '2048' } });
    expect(api).to.deep.include({
      trustedProxies: ['10.0.0.1', 'fd00::/8'],
      connections: 10,
      requestsPerSecond: 5,
      bodyBytes: 2_048,
      ordersUnderway: 1_000,
    });
  });

  it('is frozen all through', async () => {
    const config = await load();
    expect(Object.isFrozen(config) && Object.isFrozen(config.ethereum) && Object.isFrozen(config.ethereum.urls)).to.equal(true);
  });

  it('finds the file in the home that flags or environment name, or where it is told', async () => {
    await file('name = "here"\n');
    expect((await load({ env: {}, flags: { home } })).name).to.equal('here');
    expect((await load({ env: {}, file: join(home, CONFIG_FILE) })).name).to.equal('here');
    expect(await refusal({ file: join(home, 'none.toml') })).to.have.property('code', 'CONFIG_UNREADABLE');
  });

  for (const [what, sources, message] of [
    ['a flag', { flags: { 'store.keepVersions': '1' } }, '--store-keep-versions must be at least 2'],
    [
      'a flag that is no number',
      { flags: { 'store.keepVersions': 'x' } },
      '--store-keep-versions must be an integer from 2 to 100000',
    ],
    ['a variable', { variables: { PEG_ETHEREUM_URLS: 'ftp://x' } }, 'PEG_ETHEREUM_URLS must be an http:// or https:// address'],
    ['one of several endpoints', { variables: { PEG_ETHEREUM_URLS: 'http://a,ws://b' } }, 'PEG_ETHEREUM_URLS must be an http'],
    ['no share', { variables: { PEG_ETHEREUM_RECEIPT_SAMPLE: '1.5' } }, 'PEG_ETHEREUM_RECEIPT_SAMPLE must be at most 1'],
    ['a line of the file', { text: '[witness]\nfinality = "soon"\n' }, 'must be one of: depth, finalized'],
    ['a limit', { text: '[api]\nrequests_per_second = 0\n' }, 'api.requests_per_second in '],
    ['a time', { variables: { PEG_API_ANSWER_TIMEOUT_MS: 'soon' } }, 'PEG_API_ANSWER_TIMEOUT_MS must be an integer from 100'],
    ['the name of a proxy', { text: '[api]\ntrusted_proxies = ["proxy.example"]\n' }, 'must be an address such as 10.0.0.1'],
    ['a range that is none', { flags: { 'api.trustedProxies': '10.0.0.0/33' } }, '--api-trusted-proxies must be an address'],
    ['one of several proxies', { flags: { 'api.trustedProxies': '::1,10.0.0.0/0' } }, '--api-trusted-proxies must be an address'],
    [
      'a port beyond the last',
      { flags: { 'consensus.rpcAddress': '127.0.0.1:65536' } },
      '--consensus-rpc-address must be HOST:PORT',
    ],
    [
      'a peer at such a port',
      { flags: { 'consensus.peers': `${'ab'.repeat(20)}@h:65536` } },
      '--consensus-peers must be NODE_ID@HOST:PORT',
    ],
    ['a value of another type', { text: 'name = 5\n' }, 'must be text'],
    ['a value in place of a section', { text: 'witness = 1\n' }, 'witness in'],
    ['a list in place of a section', { text: 'store = []\n' }, 'store in'],
    ['a section in place of a value', { text: '[name]\nx = 1\n' }, 'must be text'],
  ] as const)
    it(`refuses ${what} by name`, async () => {
      const { flags, variables, text }: { flags?: Record<string, unknown>; variables?: Record<string, string>; text?: string } =
        sources;
      if (text !== undefined) await file(text);
      const error = await refusal({ ...(flags && { flags }), env: { PEG_HOME: home, ...variables } });
      expect(error.code).to.equal('CONFIG_INVALID');
      expect(error.message).to.include(message);
      if (text !== undefined) expect(error.message).to.include(join(home, CONFIG_FILE));
    });

  it('refuses unknown keys and names the nearest known one', async () => {
    await file('[ethereum]\npoll_intervall_ms = 5\n');
    const error = await refusal({});
    expect(error.message).to.include('ethereum.poll_intervall_ms in ').and.to.include('did you mean ethereum.poll_interval_ms?');
    await file('[etereum]\nurls = []\n');
    expect((await refusal({})).message).to.include('etereum in ');
    await file('x = 1\n');
    expect((await refusal({})).message).to.include('known are home, name, ');
    await file('');
    expect((await refusal({ flags: { 'log.levl': 'info' } })).message).to.include('did you mean log.level?');
  });

  it('refuses a file that is not TOML, in one line', async () => {
    await file('name = \n');
    const error = await refusal({});
    expect(error.code).to.equal('CONFIG_UNREADABLE');
    expect(error.message).to.include('is not TOML').and.not.to.include('\n');
  });

  it('describes every field', () => {
    expect(configFields.map(({ path }) => path.join('.'))).to.include.members(['home', 'ethereum.pollIntervalMs', 'log.level']);
    for (const { doc, path } of configFields) expect(doc, path.join('.')).to.match(/^[a-zA-Z].{10,}/);
    const poll = configFields.find(({ path }) => path.at(-1) === 'pollIntervalMs');
    expect(poll).to.deep.include({
      env: 'PEG_ETHEREUM_POLL_INTERVAL_MS',
      flag: '--ethereum-poll-interval-ms',
      fileKey: 'ethereum.poll_interval_ms',
      default: 1_000,
    });
    expect(configFields.find(({ path }) => path.at(-1) === 'keyFile')?.default).to.equal(undefined);
  });

  it('counts relative paths from the home', () => {
    expect(pathFrom('/srv/peg', 'keys/witness.json')).to.equal('/srv/peg/keys/witness.json');
    expect(pathFrom('/srv/peg', '/etc/key')).to.equal('/etc/key');
    expect(pathFrom('/srv/peg', '~/key')).to.equal(join(homedir(), 'key'));
    expect(pathFrom('/srv/peg', '~')).to.equal(homedir());
  });
});

describe('nearest name', () => {
  it('is the one with the fewest edits, if any is near', () => {
    expect(nearestName('urls', ['url', 'home', 'rules'])).to.equal('url');
    expect(nearestName('lvel', ['level', 'label'])).to.equal('level');
    expect(nearestName('zzzz', ['level', 'label'])).to.equal(undefined);
    expect(nearestName('x', [])).to.equal(undefined);
  });
});
