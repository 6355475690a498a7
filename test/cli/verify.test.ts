// `peg verify`: what it prints, what it says of wrong words and of nodes that are wrong, and its exit codes.

import { expect } from 'chai';
import type { LightBlock } from '../../relayer/comet/light-client/light-block.ts';
import { nodeProvider } from '../../relayer/comet/light-client/provider.ts';
import { type DevnetValidator, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { readConsensusKey } from '../../relayer/engine/chain/consensus-key.ts';
import type { Engine } from '../../relayer/engine/engine.ts';
import { commitJson, headerJson } from '../../relayer/engine/rpc/chain-json.ts';
import { equalBytes } from '../../relayer/lib/bytes.ts';
import { signBlock } from '../helpers/light-chain.ts';
import type { Json } from '../helpers/light-client.ts';
import { type LyingNode, startLyingNode } from '../helpers/lying-node.ts';
import { startPegEngine } from '../helpers/peg-engine.ts';
import { runCommand } from '../helpers/test-terminal.ts';

const RICH = `0x${'2a'.repeat(20)}` as const;
const NOBODY = `0x${'ab'.repeat(20)}`;

const SET = devnetValidators([3, 2, 1]);

/** The same block with another app hash, signed by all validators of the devnet, as a node would show it. */
function forkedCommit({ header, validators }: LightBlock): Json {
  const members = validators.map(({ publicKey, power }) => {
    const { consensusSeed } = SET.find(({ consensusKey }) => equalBytes(consensusKey, publicKey)) as DevnetValidator;
    return { key: readConsensusKey(consensusSeed), power };
  });
  const block = signBlock({ ...header, appHash: new Uint8Array(32).fill(0x99) }, members);
  return { header: headerJson(block.header), commit: commitJson(block.commit) };
}

describe('peg verify', () => {
  let engine: Engine;
  let node: LyingNode;
  let second: string;
  let hash: string;
  let first: readonly string[];

  before(async () => {
    engine = await startPegEngine({ powers: [3, 2, 1], balances: { [RICH]: '123456789012345678901234567890' }, blocks: 6 });
    node = await startLyingNode(engine.nodes[0]?.rpcUrl ?? '');
    second = engine.nodes[1]?.rpcUrl ?? '';
    hash = await hashOf(2);
    // Its time is that of genesis, a minute ago.
    first = ['--trusted-height', '1', '--trusted-hash', await hashOf(1)];
  });
  afterEach(() => {
    node.lie = (_, result) => result;
  });
  after(async () => {
    await node?.close();
    await engine?.close();
  });

  async function hashOf(height: number): Promise<string> {
    const answer = await fetch(`${second}/commit?height=${height}`);
    const { result } = (await answer.json()) as { result: { signed_header: { commit: { block_id: { hash: string } } } } };
    return result.signed_header.commit.block_id.hash;
  }
  const verify = (...words: readonly string[]) => runCommand(['verify', ...words, '--node', node.url]);
  const trusting = (...words: readonly string[]) => verify(...words, '--trusted-height', '2', '--trusted-hash', hash);

  it('shows what is proved, under which header, with how much power and from where', async () => {
    const { code, stdout, stderr } = await trusting('balance', RICH, '--witness-node', second);
    expect([code, stderr]).to.deep.equal([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).to.equal(`balance    123456789012345678901234567890  (${RICH})`);
    expect(lines[1]).to.match(/^state {6}after block 5 of peg-devnet, proved under app hash 0x[0-9a-f]{64}$/);
    expect(lines[2]).to.match(/^header {5}6 0x[0-9a-f]{64} of 2\S+Z, \d+ s ago$/);
    expect(lines[3]).to.equal('signed     by 3 of 3 validators with 6 of 6 power');
    expect(lines[4]).to.equal(`trust      from block 2 0x${hash.toLowerCase()}, by way of 2, 6`);
    expect(lines[5]).to.equal(`witnesses  ${second}: the same header`);
  });

  it('shows that there is nothing, where that is proved', async () => {
    expect((await trusting('balance', NOBODY)).stdout).to.include(`balance    none: proved absent  (${NOBODY})`);
    expect((await trusting('limit', RICH)).stdout).to.include('limit      none in this round: proved absent');
    expect((await trusting('round')).stdout).to.include('round      0 (Ethereum blocks ');
  });

  it('gives one document with --json', async () => {
    const document = async (...words: string[]) => JSON.parse((await trusting(...words, '--json')).stdout);
    const rich = await document(
      'balance',
      RICH.toUpperCase().replace('0X', '0x'),
      '--witness-node',
      second,
      '--witness-node',
      node.url,
    );
    expect(rich).to.deep.include({ kind: 'balance', address: RICH, present: true, balance: '123456789012345678901234567890' });
    expect(rich).to.deep.include({ height: 5, verifiedHeights: [2, 6], witnesses: [second, node.url] });
    expect(rich.power).to.deep.equal({ signed: 6, total: 6, signers: 3, validators: 3 });
    expect(rich.header).to.deep.include({ height: 6, chainId: 'peg-devnet' });
    expect(rich.trusted).to.deep.include({ height: 2, hash: `0x${hash.toLowerCase()}` });
    expect(await document('balance', NOBODY)).to.deep.include({ present: false, balance: '0' });
    expect(await document('limit', RICH)).to.deep.include({ kind: 'limit', present: false, orderLimit: 0, streamLimit: 0 });
    expect(await document('round')).to.deep.include({ kind: 'round', number: 0 });
  });

  it('says what to do about a node that lies', async () => {
    node.lie = ({ method }, result) => {
      if (method === 'abci_query') result.response.value = null;
      return result;
    };
    const { code, stdout, stderr } = await trusting('balance', RICH, '--json');
    expect([code, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.match(/^peg: the proof of \/balance\/0x2a\S+ does not hold .* What to do: .*ask another one\n$/);
  });

  it('says what to do about a second node that shows another block', async () => {
    node.lie = ({ method }, result) => {
      if (method === 'commit') result.signed_header.commit.block_id.hash = 'AB'.repeat(32);
      return result;
    };
    const words = ['verify', 'round', '--node', second, '--witness-node', node.url];
    const { code, stderr } = await runCommand([...words, '--trusted-height', '2', '--trusted-hash', hash]);
    expect(code).to.equal(1);
    expect(stderr).to.include(node.url).and.to.include('What to do: ask another witness');
  });

  it('prints the evidence when validators signed two blocks of one height', async () => {
    const fork = forkedCommit(await nodeProvider(second).lightBlock(6n));
    node.lie = ({ method, params }, result) => (method === 'commit' && params.height === '6' ? { signed_header: fork } : result);
    const words = ['verify', 'round', '--node', second, '--witness-node', node.url];
    const { code, stdout, stderr } = await runCommand([...words, '--trusted-height', '2', '--trusted-hash', hash]);
    expect([code, stdout]).to.deep.equal([1, '']);
    const [evidence = '', message = ''] = stderr.split('\n');
    const { blocks, signedBoth, witness } = JSON.parse(evidence);
    expect(witness).to.equal(node.url);
    expect(signedBoth).to.have.members(SET.map(({ consensusAddress }) => consensusAddress));
    expect(blocks.map(({ header }: Json) => [header.height, header.appHash === `0x${'99'.repeat(32)}`])).to.deep.equal([
      ['6', false],
      ['6', true],
    ]);
    for (const address of signedBoth) expect(message).to.include(address);
    expect(message).to.match(/^peg: .* What to do: believe neither; keep this output as evidence/);
  });

  for (const [title, code, words] of [
    ['nothing that is trusted', 2, () => ['round']],
    ['half of it', 2, () => ['round', '--trusted-height', '2']],
    ['something unknown', 2, () => ['orders', '--trusted-height', '2', '--trusted-hash', hash]],
    ['no address', 2, () => ['balance', '--trusted-height', '2', '--trusted-hash', hash]],
    ['half an address', 2, () => ['balance', '0x12', '--trusted-height', '2', '--trusted-hash', hash]],
    ['an address for the round', 2, () => ['round', NOBODY, '--trusted-height', '2', '--trusted-hash', hash]],
    ['a hash that is none', 2, () => ['round', '--trusted-height', '2', '--trusted-hash', '0x12']],
    ['a height that is none', 2, () => ['round', '--trusted-height', '0', '--trusted-hash', hash]],
    ['a period without unit', 2, () => ['round', '--trusted-height', '2', '--trusted-hash', hash, '--trusting-period', '12']],
    ['a witness that is no address', 2, () => ['round', '--trusted-height', '2', '--trusted-hash', hash, '--witness-node', 'x']],
    ["another block's hash", 1, () => ['round', '--trusted-height', '3', '--trusted-hash', hash]],
    ['a trusted block that is too old', 1, () => ['round', ...first, '--trusting-period', '30s']],
    ['a trusted block to come', 75, () => ['round', '--trusted-height', '999', '--trusted-hash', hash]],
    [
      'a witness that is not there',
      75,
      () => ['round', '--trusted-height', '2', '--trusted-hash', hash, '--witness-node', 'http://127.0.0.1:1'],
    ],
  ] as const)
    it(`ends with ${code} when given ${title}`, async () => {
      const { code: ended, stdout, stderr } = await verify(...words());
      expect([ended, stdout], stderr).to.deep.equal([code, '']);
      expect(stderr).to.match(/^(peg|error): /);
    });

  it('has something to say for a chain of one block, and ends with 75', async () => {
    node.lie = ({ method }, result) => {
      if (method === 'status') result.sync_info.latest_block_height = '1';
      return result;
    };
    const { code, stderr } = await trusting('round');
    expect(code).to.equal(75);
    expect(stderr).to.include('is at block 1, block 2 is needed. What to do: try again');
  });
});
