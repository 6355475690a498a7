// A validator on a real anvil that stops making blocks, and what its operator is told where.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createPegClient } from '../../relayer/client/peg-client.ts';
import { type DevnetValidator, devnetGenesis, devnetValidators } from '../../relayer/devnet/genesis.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { Lifecycle } from '../../relayer/lib/lifecycle.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { type Consensus, embeddedConsensus } from '../../relayer/node/consensus.ts';
import { loadConfig } from '../../relayer/node/load-config.ts';
import { type RunningNode, startNode } from '../../relayer/node/start-node.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { eventually } from '../helpers/eventually.ts';
import { peg } from '../helpers/peg-process.ts';
import { deployStaking, type StakingDeployment } from '../helpers/staking-deployment.ts';

const PARAMS = { finalityThreshold: 2n, periodLength: 1_000n, periodLimit: 1_000n, maxOrderBytes: 1_000n };

const LIMIT_MS = 2_000;

describe('a validator of an Ethereum that stands still', function () {
  this.timeout(120_000);
  let anvil: Anvil;
  let chain: StakingDeployment;
  let lifecycle: Lifecycle;

  beforeEach(async () => {
    lifecycle = new Lifecycle();
    anvil = await startAnvil();
    lifecycle.onClose('anvil', () => anvil.close());
    chain = await deployStaking(anvil.rpc);
  });

  afterEach(() => lifecycle.close());

  async function start(flags: Readonly<Record<string, unknown>>): Promise<RunningNode> {
    const home = await mkdtemp(join(tmpdir(), 'peg-standstill-'));
    lifecycle.onClose('the home', () => rm(home, { recursive: true, force: true }));
    const set = devnetValidators([1]);
    const [{ name, consensusSeed: privateKey, witnessKey }] = set as [DevnetValidator];
    const { contract: stakingContract, startBlock } = chain;
    const { hash: startBlockHash } = (await anvil.rpc('eth_getBlockByNumber', `0x${startBlock.toString(16)}`, false)) as {
      hash: `0x${string}`;
    };
    const watched = { chainId: 31337n, stakingContract, startBlock, startBlockHash };
    const genesis = devnetGenesis(set, watched, PARAMS, new Date(1_785_542_400_000));
    const nodes = [{ name, privateKey, home: join(home, 'blocks'), rpcPort: 0 }];
    const consensus = embeddedConsensus({ genesis, nodes, blockIntervalMs: 20 }, { clock: systemClock, log: silentLog });
    lifecycle.onClose('consensus', () => consensus.close());
    const settings = { home, name, 'api.port': 0, 'ethereum.urls': anvil.url, 'ethereum.pollIntervalMs': 20 };
    const config = await loadConfig({ env: {}, flags: { ...settings, 'witness.pollIntervalMs': 20, ...flags } });
    const seat = consensus.seats.get(name) as Consensus;
    const node = await startNode(config, { consensus: seat, log: silentLog, clock: systemClock, witnessKey });
    lifecycle.onClose('the node', () => node.close());
    return node;
  }

  const codes = ({ witness }: RunningNode) => witness?.status().silence.map(({ code }) => code) ?? [];
  /** Runs the task while a block comes every tenth of a second. */
  async function whileMining(task: () => Promise<void>): Promise<void> {
    const over = new AbortController();
    const mining = (async () => {
      while (!over.signal.aborted) {
        await chain.mine(1);
        await systemClock.sleep(100);
      }
    })();
    try {
      await task();
    } finally {
      over.abort();
      await mining;
    }
  }

  const stateOf = ({ witness }: RunningNode) => witness?.status().state;

  it('tells the block and since when, in its status, its alarms, its metrics and on the command line, until it moves', async () => {
    const node = await start({ 'ethereum.stallWarningMs': LIMIT_MS });
    const url = node.httpUrl as string;
    const { number } = await chain.head();
    await eventually('the witness is silent', async () => stateOf(node) === 'silent');
    expect(codes(node)).to.deep.equal(['HEAD_STANDS']);

    const { ethereum, witness, alarms } = await createPegClient(url).status();
    expect([ethereum.head, witness?.state, witness?.silence[0]?.code]).to.deep.equal([Number(number), 'silent', 'HEAD_STANDS']);
    expect(ethereum.headAgeMs).to.be.at.least(LIMIT_MS);
    expect(alarms).to.have.length(1);
    const [alarm = ''] = alarms;
    expect(alarm).to.match(new RegExp(`^the witness is silent: the head of Ethereum has been block ${number} since 20`));
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).to.deep.equal([503, { ready: false, reasons: [alarm] }]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).to.contain('peg_witness_silence{reason="HEAD_STANDS"} 1');
    expect(Number(/^peg_ethereum_head_age_seconds (.+)$/m.exec(metrics)?.[1])).to.be.at.least(LIMIT_MS / 1_000);
    const { code, stdout } = await peg(['status', '--node', node.rpcUrl, '--api', url]);
    expect(code).to.equal(0);
    expect(stdout).to.contain('witness    silent').and.to.contain(`alarm      ${alarm}`);

    await whileMining(async () => {
      await eventually('the witness works', async () => stateOf(node) === 'working');
      expect((await createPegClient(url).status()).alarms).to.deep.equal([]);
      expect((await fetch(`${url}/readyz`)).status).to.equal(200);
      expect((await peg(['status', '--node', node.rpcUrl, '--api', url])).stdout).to.contain('alarm      none');
    });
  });

  it('tells of a finalized block that stands while blocks come, and votes for none of them', async () => {
    const node = await start({ 'witness.finality': 'finalized', 'ethereum.finalizedStallWarningMs': LIMIT_MS });
    const mature = async () => ((await node.client.query('/ethereum')) as { matureEthBlock: number | null }).matureEthBlock;
    // Until block 64 is there, anvil holds block 0 for finalized.
    await eventually('the witness is silent', async () => {
      if ((await chain.head()).number < 60n) await chain.mine(1);
      return codes(node).includes('FINALIZED_STANDS');
    });
    expect(stateOf(node)).to.equal('silent');
    expect(await mature()).to.equal(Number(chain.startBlock));
    await anvil.rpc('anvil_mine', '0x64');
    await whileMining(async () => {
      await eventually('the witness works', async () => stateOf(node) === 'working');
      await eventually('what is finalized is final', async () => ((await mature()) ?? 0) > 64);
      await eventually('it waits for the tag without alarm', async () => {
        return codes(node).join() === 'NOT_FINALIZED' && stateOf(node) === 'working';
      });
      const final = (await mature()) ?? 0;
      const { number } = (await anvil.rpc('eth_getBlockByNumber', 'finalized', false)) as { number: string };
      expect(final, 'never by a weaker rule').to.be.at.most(Number(number));
    });
  });
});
