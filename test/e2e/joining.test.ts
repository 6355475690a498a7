// A validator joins a running network and later gets another witness key: `peg init --genesis`, `peg govern propose`,
// `peg keys rotate`, as docs/operating.md tells an operator.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { freePort } from '../../relayer/node/free-port.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { eventually } from '../helpers/eventually.ts';
import { PegProcess, peg } from '../helpers/peg-process.ts';
import { processesWith } from '../helpers/running-processes.ts';
import { type StakingChain, startStakingChain } from '../helpers/staking-chain.ts';

interface Keys {
  readonly nodeId: string;
  readonly consensusAddress: string;
  readonly consensusKey: string;
  readonly witness: string;
  readonly nextWitness?: string;
}

interface Validator {
  readonly name: string;
  readonly witness: string;
  readonly witnessedTo: number;
}

await describeWithCometBft('joining a network', (binary) => {
  let chain: StakingChain;
  let folder: string;
  const running: PegProcess[] = [];

  before(async () => {
    chain = await startStakingChain();
    folder = await mkdtemp(join(tmpdir(), 'peg-join-'));
    await writeFile(join(folder, 'password'), 'correct horse\n');
  });

  after(async () => {
    for (const node of running) await node.close();
    for (const { pid } of await processesWith(folder)) process.kill(pid, 'SIGKILL');
    await chain?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const home = (name: string) => join(folder, name);
  const password = () => ['--password-file', join(folder, 'password')];
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await peg([...args, '--json']);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as unknown;
  };
  const start = async (name: string, p2p: number) => {
    const node = new PegProcess([
      ...['start', '--home', home(name), '--json', '--cometbft', binary, '--no-dashboard', '--log-level', 'warn'],
      ...['--consensus-rpc-address', '127.0.0.1:0', '--consensus-p2p-address', `127.0.0.1:${p2p}`],
      ...['--consensus-commit-pause-ms', '100', '--consensus-local', 'true'],
      ...['--ethereum-poll-interval-ms', '100', '--witness-poll-interval-ms', '100'],
    ]);
    running.push(node);
    await node.until('"rpcUrl"');
    return { node, rpcUrl: (JSON.parse(node.stdout) as { rpcUrl: string }).rpcUrl };
  };

  it('is voted in with its keys, votes, and goes on voting with another witness key', async () => {
    const params = ['--finality-threshold', '2', '--period-length', '5'];
    const watched = ['--ethereum', chain.url, '--contract', chain.contract];
    await run('init', '--home', home('alice'), '--name', 'alice', ...watched, ...params, ...password());
    const [aliceP2p, bobP2p] = [await freePort(), await freePort()];
    const { rpcUrl } = await start('alice', aliceP2p);
    const alice = (await run('keys', 'show', '--home', home('alice'))) as Keys;

    const genesis = ['--genesis', join(home('alice'), 'cometbft', 'config', 'genesis.json')];
    const peer = ['--peer', `${alice.nodeId}@127.0.0.1:${aliceP2p}`, '--ethereum', chain.url];
    const bob = (await run('init', '--home', home('bob'), '--name', 'bob', ...genesis, ...peer, ...password())) as Keys;
    const bobNode = await start('bob', bobP2p);
    const motion = async (...change: string[]) => {
      const signer = ['--witness-key-file', join(home('alice'), 'witness-key.json'), ...password()];
      return (await run('govern', 'propose', ...change, ...signer, '--node', rpcUrl)) as { motion: string };
    };
    await motion('--add', `${bob.consensusKey},1,${bob.witness},bob`);
    const asSeenByBob = async (url: string) => {
      const all = (await run('validators', '--node', url)) as Record<string, Validator>;
      return all[bob.consensusAddress];
    };
    const votesOf = async (url: string, atLeast: number) => {
      await chain.mine(1);
      const seen = await asSeenByBob(url);
      return seen !== undefined && seen.witnessedTo >= atLeast ? seen : undefined;
    };
    const joined = await eventually('bob is a validator that votes', () => votesOf(bobNode.rpcUrl, 1));
    expect([joined.name, joined.witness]).to.deep.equal(['bob', bob.witness]);

    const { nextWitness } = (await run('keys', 'rotate', '--home', home('bob'))) as { nextWitness: string };
    expect((await run('keys', 'show', '--home', home('bob'))) as Keys).to.include({ witness: bob.witness, nextWitness });
    const { motion: id } = await motion('--witness', `bob=${nextWitness}`);
    // More than 2/3 of the power must agree, and alice has half: bob votes for it with the key that is still his.
    const signer = ['--witness-key-file', join(home('bob'), 'witness-key.json'), ...password()];
    await run('govern', 'vote', id, ...signer, '--node', rpcUrl);
    await eventually('the network knows the new key', async () => (await asSeenByBob(rpcUrl))?.witness === nextWitness);
    bobNode.node.signal('SIGTERM');
    expect((await bobNode.node.finished()).code).to.equal(0);
    await run('keys', 'rotate', '--home', home('bob'), '--switch');
    const again = await start('bob', bobP2p);
    const before = (await asSeenByBob(again.rpcUrl))?.witnessedTo ?? 0;
    const after = await eventually('bob votes with the new key', () => votesOf(again.rpcUrl, before + 1));
    expect(after.witness).to.equal(nextWitness);
  });
});
