// The light client against real CometBFT nodes that run the peg: balances proved from the first block on, and a node that
// lies about them.

import { expect } from 'chai';
import { confirmWith } from '../../relayer/comet/light-client/divergence.ts';
import { LightClient, type TrustOptions } from '../../relayer/comet/light-client/light-client.ts';
import { verifyNativeEd25519 } from '../../relayer/comet/light-client/native-ed25519.ts';
import { nodeProvider } from '../../relayer/comet/light-client/provider.ts';
import type { VerifiedBlock } from '../../relayer/comet/light-client/verify-block.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { codeRejected } from '../helpers/error-code.ts';
import { eventually } from '../helpers/eventually.ts';
import { type LyingNode, startLyingNode } from '../helpers/lying-node.ts';
import { peg } from '../helpers/peg-process.ts';
import { pegScene } from './peg-network.ts';
import { describeScene } from './scene.ts';

const DEPS = { clock: systemClock, verifySignature: verifyNativeEd25519 };
const NOBODY: Hex = `0x${'ab'.repeat(20)}`;

/** An account of nobody else's. */
const STAKER = 6;
const SCENE = pegScene({ powers: [4, 3, 2, 1] }, { seed: 5 });

await describeScene('CometBFT: light client', SCENE, (scene) => {
  let node: LyingNode;
  let staker: Hex;
  let trust: TrustOptions;

  before(async () => {
    node = await startLyingNode(scene.network.engine(0).rpcUrl);
    staker = await scene.chain.stake(STAKER, 12_345n);
    await scene.chain.mine(4);
    const client = await scene.client(0);
    await eventually('the stake is final', async () => {
      const { balance } = (await client.query(`/balance/${staker}`)) as { balance: string };
      return balance === '12345';
    });
    // The header after the block that made it so: there are no empty blocks, but a vote for one more block of Ethereum.
    const { height } = await client.status();
    await scene.chain.mine(1);
    await eventually('a header commits to it', async () => (await client.status()).height > height);
    const { commit } = await nodeProvider(node.url).lightBlock(1n);
    trust = { height: 1n, hash: commit.blockId.hash, trustingPeriodMs: 3_600_000 };
  });
  afterEach(() => {
    if (node !== undefined) node.lie = (_, result) => result;
  });
  after(() => node?.close());

  const open = () => LightClient.open(nodeProvider(node.url, { timeoutMs: 60_000 }), trust, DEPS);

  it('proves a balance, and that there is none, and all nodes have the header', async () => {
    const client = await open();
    const { answer, way } = await client.ask({ kind: 'balance', address: staker });
    expect(answer).to.deep.equal({ kind: 'balance', address: staker, balance: 12_345n });
    const newest = way.at(-1) as VerifiedBlock;
    expect(newest.power.total).to.equal(10n);
    expect(3n * newest.power.signed > 20n).to.equal(true);
    for (let other = 1; other < 4; other++)
      await confirmWith(nodeProvider(scene.network.engine(other).rpcUrl), newest, trust, 60_000, DEPS);
    const nobody = await client.ask({ kind: 'balance', address: NOBODY });
    expect(nobody.answer).to.deep.equal({ kind: 'balance', address: NOBODY, balance: undefined });
  });

  it('verifies every block from the first on', async () => {
    const client = await open();
    const latest = await nodeProvider(node.url).latestHeight();
    for (let height = 2n; height <= latest; height++) await client.verify(height);
    expect(client.last.header.height).to.equal(latest);
  });

  it('does not believe a node that changes value, header, commit or validators', async () => {
    for (const [method, code, change] of [
      [
        'abci_query',
        'PROOF_INVALID',
        ({ response }) => {
          response.value = 'gicQ';
        },
      ],
      [
        'commit',
        'HASH_MISMATCH',
        ({ signed_header }) => {
          signed_header.header.app_hash = '00'.repeat(32);
        },
      ],
      [
        'commit',
        'SIGNATURE_INVALID',
        ({ signed_header }) => {
          signed_header.commit.round += 1;
        },
      ],
      [
        'validators',
        'HASH_MISMATCH',
        ({ validators: [first] }) => {
          first.voting_power = '5';
        },
      ],
    ] as readonly [string, string, (result: ReturnType<LyingNode['lie']>) => void][]) {
      const client = await open();
      node.lie = (call, result) => {
        if (call.method === method) change(result);
        return result;
      };
      expect(await codeRejected(client.ask({ kind: 'balance', address: staker }))).to.equal(code);
      node.lie = (_, result) => result;
    }
  });

  it('answers at the command line', async () => {
    const hash = Buffer.from(trust.hash).toString('hex');
    const words = ['verify', 'balance', staker, '--trusted-height', '1', '--trusted-hash', hash, '--json'];
    const { code, stdout, stderr } = await peg([
      ...words,
      '--node',
      scene.network.engine(2).rpcUrl,
      '--witness-node',
      scene.network.engine(3).rpcUrl,
    ]);
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({ kind: 'balance', address: staker, present: true, balance: '12345' });
  });
});
