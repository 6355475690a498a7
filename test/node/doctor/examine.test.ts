// One test a misconfiguration: a home that is well, on a real chain, is broken in one way, and the doctor must name that.

import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { GenesisDoc } from '../../../relayer/abci/genesis-doc.ts';
import { CometError } from '../../../relayer/comet/errors.ts';
import { devnetGenesis, devnetValidators } from '../../../relayer/devnet/genesis.ts';
import { type Clock, systemClock } from '../../../relayer/lib/clock.ts';
import { createHome } from '../../../relayer/node/create-home.ts';
import { type DoctorDeps, examine } from '../../../relayer/node/doctor/examine.ts';
import type { Finding, FindingCode } from '../../../relayer/node/doctor/finding.ts';
import { freePort } from '../../../relayer/node/free-port.ts';
import { loadConfig } from '../../../relayer/node/load-config.ts';
import { fileLatch } from '../../../relayer/witness/latch.ts';
import { type LyingEndpoint, startLyingEndpoint } from '../../helpers/lying-endpoint.ts';
import { type StakingChain, startStakingChain } from '../../helpers/staking-chain.ts';
import { startStubNode } from '../../helpers/stub-node.ts';

const X = 2n;

describe('the doctor', () => {
  let chain: StakingChain;
  let other: StakingChain;
  let endpoint: LyingEndpoint;
  let folder: string;
  let home: string;
  let genesis: GenesisDoc;
  const set = devnetValidators([1, 1]);

  before(async () => {
    [chain, other] = await Promise.all([startStakingChain(), startStakingChain()]);
    await chain.mine(10);
    await other.stake(1, 7n);
    await other.mine(10);
    const watched = {
      chainId: 31337n,
      stakingContract: chain.contract,
      startBlock: chain.startBlock,
      startBlockHash: chain.startBlockHash,
    };
    const params = { finalityThreshold: X, periodLength: 10n, periodLimit: 100n, maxOrderBytes: 100n };
    genesis = devnetGenesis(set, watched, params, new Date('2026-08-01T12:00:00Z'));
  });

  after(async () => {
    await chain.close();
    await other.close();
  });

  beforeEach(async () => {
    endpoint = await startLyingEndpoint({ target: chain.url, fork: other.url, seed: 1 });
    folder = await mkdtemp(join(tmpdir(), 'peg-doctor-'));
    home = join(folder, 'home');
    await makeHome();
  });

  afterEach(async () => {
    await endpoint.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function makeHome(settings: Record<string, unknown> = {}, changes: Partial<Parameters<typeof createHome>[1]> = {}) {
    const [own] = set;
    if (own === undefined) throw new Error('the set is empty');
    await rm(home, { recursive: true, force: true });
    const [p2p, rpc] = [await freePort(), await freePort()];
    await createHome(home, {
      genesis,
      consensusSeed: own.consensusSeed,
      nodeSeed: own.witnessKey,
      witness: { key: own.witnessKey },
      settings: {
        name: 'alice',
        'ethereum.urls': [endpoint.url, chain.url],
        'consensus.peers': [`${'ab'.repeat(20)}@127.0.0.1:1`],
        'consensus.p2pAddress': `127.0.0.1:${p2p}`,
        'consensus.rpcAddress': `127.0.0.1:${rpc}`,
        ...settings,
      },
      ...changes,
    });
  }

  const look = (deps: Partial<DoctorDeps> = {}, env: Record<string, string> = {}) =>
    examine({
      clock: systemClock,
      loadConfig: () => loadConfig({ flags: { home }, env }),
      locateCometBft: async () => ({ path: '/usr/bin/cometbft', version: '0.39.4' }),
      nodeVersion: '24.1.0',
      leastFreeBytes: 1n,
      ...deps,
    });
  const codes = (findings: readonly Finding[], severity: Finding['severity']) =>
    findings.filter((finding) => finding.severity === severity).map(({ code }) => code);
  const finds = async (code: FindingCode, severity: Finding['severity'] = 'problem', ...args: Parameters<typeof look>) => {
    const findings = await look(...args);
    const found = findings.find((finding) => finding.code === code);
    expect(found?.severity, JSON.stringify(findings, null, 1)).to.equal(severity);
    expect(found?.advice, 'advice').to.have.length.greaterThan(3);
    return found as Finding;
  };
  const genesisFile = () => join(home, 'cometbft', 'config', 'genesis.json');
  const keyFile = () => join(home, 'cometbft', 'config', 'priv_validator_key.json');
  const withGenesis = async (change: (doc: GenesisDoc & { app_state: Record<string, Record<string, unknown>> }) => void) => {
    const doc = JSON.parse(await readFile(genesisFile(), 'utf8'));
    change(doc);
    await writeFile(genesisFile(), JSON.stringify(doc));
  };

  it('finds nothing wrong with a node that is well', async () => {
    const findings = await look();
    expect(codes(findings, 'problem')).to.deep.equal([]);
    expect(codes(findings, 'warning')).to.deep.equal(['FEW_ENDPOINTS']);
    expect(findings.map(({ subject }) => subject)).to.include.members([
      'Node.js',
      'CometBFT',
      'genesis',
      'keys',
      'finality latch',
      'state',
    ]);
  });

  it('HOME_MISSING', async () => {
    home = join(folder, 'nowhere');
    await finds('HOME_MISSING');
  });

  it('CONFIG_INVALID: an unknown key, with the nearest known one', async () => {
    await writeFile(join(home, 'peg.toml'), '[ethereum]\nurl = ["http://127.0.0.1:1"]\n');
    expect((await finds('CONFIG_INVALID')).message).to.contain('urls');
  });

  it('GENESIS_INVALID', async () => {
    await withGenesis((doc) => {
      doc.app_state.consensusParams = { ...doc.app_state.consensusParams, periodLength: 0 };
    });
    expect((await finds('GENESIS_INVALID')).message).to.contain('periodLength');
  });

  it('HOME_NOT_WRITABLE', async () => {
    // Root may write whatever the rights say, but not to a file system that is mounted for reading.
    const isRoot = process.getuid?.() === 0;
    const mount = (...args: string[]) => execFileSync('mount', args);
    if (isRoot) {
      mount('-t', 'tmpfs', 'tmpfs', folder);
      await makeHome();
      mount('-o', 'remount,ro', folder);
    } else {
      await chmod(home, 0o500);
    }
    try {
      await finds('HOME_NOT_WRITABLE');
    } finally {
      if (isRoot) execFileSync('umount', [folder]);
      else await chmod(home, 0o700);
    }
  });

  it('DISK_LOW', async () => {
    await finds('DISK_LOW', 'problem', { leastFreeBytes: 2n ** 60n });
  });

  it('WITNESS_KEY_UNUSABLE: missing, damaged, wrong password', async () => {
    await writeFile(join(home, 'witness-password'), 'another\n');
    expect((await finds('WITNESS_KEY_UNUSABLE')).message).to.contain('password');
    await writeFile(join(home, 'witness-key.json'), 'nonsense');
    await finds('WITNESS_KEY_UNUSABLE');
    await rm(join(home, 'witness-key.json'));
    await finds('WITNESS_KEY_UNUSABLE');
  });

  it('WITNESS_KEY_DIFFERS', async () => {
    await makeHome({}, { witness: { key: set[1]?.witnessKey as Uint8Array } });
    await finds('WITNESS_KEY_DIFFERS', 'warning');
  });

  it('NOT_A_VALIDATOR, NO_WITNESS_KEY', async () => {
    await makeHome({}, { consensusSeed: new Uint8Array(32).fill(9) });
    await finds('NOT_A_VALIDATOR', 'warning');
    await makeHome({}, { witness: undefined });
    await finds('NO_WITNESS_KEY');
  });

  it('CONSENSUS_KEY_UNUSABLE', async () => {
    await writeFile(keyFile(), '{}');
    await finds('CONSENSUS_KEY_UNUSABLE');
    await rm(keyFile());
    await finds('CONSENSUS_KEY_UNUSABLE');
  });

  it('KEY_EXPOSED', async () => {
    await chmod(keyFile(), 0o644);
    expect((await finds('KEY_EXPOSED')).advice).to.contain('chmod 600');
  });

  it('LATCH_CLOSED', async () => {
    await fileLatch(join(home, 'latch.json')).close({
      closedAt: '2026-08-01T12:00:00Z',
      reason: 'hash',
      message: 'block 105 differs',
    });
    expect((await finds('LATCH_CLOSED')).message).to.contain('block 105');
  });

  it('STATE_UNUSABLE', async () => {
    await mkdir(join(home, 'state'));
    await writeFile(join(home, 'state', 'CURRENT'), 'nonsense');
    await finds('STATE_UNUSABLE');
  });

  it('NODE_VERSION', async () => {
    await finds('NODE_VERSION', 'problem', { nodeVersion: '22.12.9' });
  });

  it('COMETBFT_MISSING, COMETBFT_VERSION', async () => {
    for (const code of ['COMETBFT_MISSING', 'COMETBFT_VERSION'] as const)
      await finds(code, 'problem', { locateCometBft: () => Promise.reject(new CometError(code, 'no engine')) });
  });

  it('PORT_IN_USE, FOREIGN_NODE', async () => {
    const taken = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = taken.address() as AddressInfo;
      await finds('PORT_IN_USE', 'problem', {}, { PEG_CONSENSUS_P2P_ADDRESS: `127.0.0.1:${port}` });
      await finds('FOREIGN_NODE', 'problem', {}, { PEG_CONSENSUS_RPC_ADDRESS: new URL(chain.url).host });
    } finally {
      await new Promise((resolve) => taken.close(resolve));
    }
  });

  it('API_EXPOSED, NO_PEERS', async () => {
    await finds('API_EXPOSED', 'warning', {}, { PEG_API_HOST: '0.0.0.0', PEG_API_PORT: '0' });
    await makeHome({ 'consensus.peers': [] });
    await finds('NO_PEERS', 'warning');
  });

  it('NO_ENDPOINT, FEW_ENDPOINTS, SAME_ENDPOINT, AGREEMENT_IMPOSSIBLE', async () => {
    await makeHome({ 'ethereum.urls': [] });
    await finds('NO_ENDPOINT');
    await makeHome({ 'ethereum.urls': [chain.url] });
    await finds('FEW_ENDPOINTS', 'warning');
    await makeHome({ 'ethereum.urls': [chain.url, `${chain.url}/two`] });
    await finds('SAME_ENDPOINT', 'warning');
    await makeHome({ 'ethereum.agreement': 3 });
    await finds('AGREEMENT_IMPOSSIBLE');
  });

  it('ENDPOINT_UNREACHABLE: nobody there, an error, something that is not JSON-RPC', async () => {
    await makeHome({ 'ethereum.urls': [`http://127.0.0.1:${await freePort()}`] });
    await finds('ENDPOINT_UNREACHABLE');
    await makeHome();
    await endpoint.misbehave('answers 200 with an error');
    expect((await finds('ENDPOINT_UNREACHABLE')).subject).to.equal(endpoint.url);
    await endpoint.misbehave('cuts its JSON short');
    await finds('ENDPOINT_UNREACHABLE');
  });

  it('WRONG_CHAIN', async () => {
    await endpoint.misbehave('names another chain');
    expect((await finds('WRONG_CHAIN')).message).to.contain('21405');
  });

  it('START_BLOCK_DIFFERS, and ENDPOINTS_DISAGREE on a fork', async () => {
    await endpoint.misbehave('is on another fork');
    await finds('ENDPOINTS_DISAGREE');
    endpoint.heal();
    await withGenesis((doc) => {
      doc.app_state.ethereum = { ...doc.app_state.ethereum, startBlockHash: `0x${'9'.repeat(64)}` };
    });
    expect((await finds('START_BLOCK_DIFFERS')).message).to.contain(chain.startBlockHash);
  });

  it('NO_CONTRACT, NOT_STAKING_CONTRACT', async () => {
    const contract = async (address: string) =>
      withGenesis((doc) => {
        doc.app_state.ethereum = { ...doc.app_state.ethereum, stakingContract: address };
      });
    await contract(`0x${'77'.repeat(20)}`);
    await finds('NO_CONTRACT');
    await contract(chain.token);
    await finds('NOT_STAKING_CONTRACT');
  });

  it('ENDPOINT_LAGS', async () => {
    await endpoint.misbehave('has a stale head');
    await chain.mine(10);
    expect((await finds('ENDPOINT_LAGS', 'warning')).subject).to.equal(endpoint.url);
  });

  /** The chain's endpoint, but for one method. */
  async function overriding(
    method: string,
    answer: { result: unknown } | { error: unknown },
    test: (url: string) => Promise<unknown>,
  ) {
    const server = createHttpServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const call = JSON.parse(body) as { id: number; method: string; params: readonly unknown[] };
      const meant = call.method === method && (method !== 'eth_getBlockByNumber' || call.params[0] === 'finalized');
      const text = meant
        ? JSON.stringify({ jsonrpc: '2.0', id: call.id, ...answer })
        : await (await fetch(chain.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).text();
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  it('ENDPOINT_SYNCING, NO_PROOFS, NO_FINALIZED_TAG', async () => {
    const refusal = { error: { code: -32601, message: 'the method does not exist' } };
    await overriding('eth_syncing', { result: { currentBlock: '0x1', highestBlock: '0x9' } }, async (url) => {
      await makeHome({ 'ethereum.urls': [url] });
      await finds('ENDPOINT_SYNCING', 'warning');
    });
    await overriding('eth_getProof', refusal, async (url) => {
      await makeHome({ 'ethereum.urls': [url] });
      await finds('NO_PROOFS', 'warning');
    });
    await overriding('eth_getBlockByNumber', { result: null }, async (url) => {
      await makeHome({ 'ethereum.urls': [url], 'witness.finality': 'finalized' });
      await finds('NO_FINALIZED_TAG');
    });
  });

  it('NODE_SYNCING, BREACH, WITNESS_SILENT, API_UNREACHABLE of a node that runs', async () => {
    const status = {
      node_info: { network: genesis.chain_id, moniker: 'alice' },
      sync_info: {
        latest_block_height: '7',
        latest_block_hash: '',
        latest_app_hash: '',
        latest_block_time: '2026-08-01T12:00:00Z',
        catching_up: true,
      },
      validator_info: { address: '00'.repeat(20), voting_power: '1' },
    };
    let breach: unknown = { height: 105, reason: 'below zero' };
    const query = () => ({
      ...{ code: 0, codespace: '', log: '', key: '', height: '7', proofOps: null },
      value: Buffer.from(JSON.stringify({ breach })).toString('base64'),
    });
    const node = await startStubNode(({ method }) => ({ result: method === 'status' ? status : { response: query() } }));
    const silence = [{ code: 'HEAD_STANDS', message: 'the head of Ethereum has been block 9' }];
    let state = 'silent';
    const api = createHttpServer((_, response) => response.end(JSON.stringify({ witness: { state, silence } })));
    const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === '::1'));
    await new Promise<void>((resolve) => api.listen(0, hasIPv6 ? '::' : '127.0.0.1', resolve));
    const close = () => new Promise((resolve) => api.close(resolve));
    try {
      const env = {
        PEG_CONSENSUS_RPC_ADDRESS: new URL(node.url).host,
        PEG_API_PORT: `${(api.address() as AddressInfo).port}`,
      };
      await finds('NODE_SYNCING', 'warning', {}, env);
      expect((await finds('BREACH', 'problem', {}, env)).message).to.contain('below zero');
      breach = null;
      expect((await finds('WITNESS_SILENT', 'problem', {}, env)).message).to.equal('the head of Ethereum has been block 9');
      state = 'working';
      expect(codes(await look({}, env), 'problem')).to.deep.equal([]);
      for (const host of ['0.0.0.0', ...(hasIPv6 ? ['::', '::1'] : [])]) {
        const found = await look({}, { ...env, PEG_API_HOST: host });
        expect(codes(found, 'problem').concat(codes(found, 'warning')), host).not.to.include('API_UNREACHABLE');
      }
      await close();
      await finds('API_UNREACHABLE', 'warning', {}, env);
    } finally {
      await close();
      await node.close();
    }
  });

  it('CLOCK_SKEWED on a chain whose blocks follow the clock', async () => {
    await withGenesis((doc) => {
      doc.app_state.ethereum = { ...doc.app_state.ethereum, chainId: 21405 };
    });
    await endpoint.misbehave('names another chain');
    const behind: Clock = { ...systemClock, now: () => systemClock.now() - 3_600_000 };
    await finds('CLOCK_SKEWED', 'problem', { clock: behind });
    const ahead: Clock = { ...systemClock, now: () => systemClock.now() + 3_600_000 };
    await finds('ENDPOINT_LAGS', 'warning', { clock: ahead });
    const patient = await look({ clock: ahead }, { PEG_ETHEREUM_STALL_WARNING_MS: '100000000' });
    expect(codes(patient, 'warning')).not.to.include('ENDPOINT_LAGS');
  });
});
