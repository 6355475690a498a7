// Governance as operators do it: a devnet whose validators change their set on the command line while its witnesses go on.

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openCometClient } from '../../relayer/comet/rpc-client.ts';
import { derivedKey } from '../../relayer/devnet/genesis.ts';
import { to0x } from '../../relayer/lib/bytes.ts';
import { ed25519PrivateKey, ed25519PublicKey } from '../../relayer/lib/ed25519.ts';
import { describeWithCometBft } from '../helpers/comet-binary.ts';
import { eventually } from '../helpers/eventually.ts';
import { peg } from '../helpers/peg-process.ts';
import { type RunningDevnet, startRunningDevnet } from '../helpers/running-devnet.ts';
import { runCommand } from '../helpers/test-terminal.ts';

describe('peg govern on the embedded engine', () => governed([]));
await describeWithCometBft('peg govern on CometBFT', (binary) => governed(['--engine', 'cometbft', '--cometbft', binary]));

function governed(engine: readonly string[]): void {
  let devnet: RunningDevnet;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-govern-'));
    devnet = await startRunningDevnet('--no-dashboard', ...engine);
  });
  after(async () => {
    await devnet?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const govern = (...words: string[]) => runCommand(['govern', ...words, '--node', devnet.rpcUrl]);
  const document = async (...words: string[]) => {
    const { code, stdout, stderr } = await govern(...words, '--json');
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout);
  };
  const asked = async <T>(task: (query: (path: string) => Promise<unknown>) => Promise<T>): Promise<T> => {
    const client = await openCometClient(devnet.rpcUrl);
    try {
      return await task((path) => client.query(path));
    } finally {
      client.close();
    }
  };
  const validators = () =>
    asked(async (query) => Object.values((await query('/validators')) as Record<string, { name: string; power: number }>));

  /** Powers of the set that signs the next block, as the engine has it. */
  const engineSet = async () => {
    const client = await openCometClient(devnet.rpcUrl);
    try {
      return (await client.validators()).map(({ power }) => BigInt(power));
    } finally {
      client.close();
    }
  };

  /** Resolves when another block of Ethereum is final. */
  const nextFinal = () =>
    asked(async (query) => {
      const mature = async () => ((await query('/ethereum')) as { matureEthBlock: number }).matureEthBlock;
      const first = await mature();
      await eventually(`a final block after ${first}`, async () => (await mature()) > first);
    });

  it('moves, shows, votes, and the set changes while blocks become final', async () => {
    const moved = await document('propose', '--power', 'alice=3', '--period-limit', '500', '--devnet-validator', '0');
    expect(moved).to.deep.include({ name: 'alice' });
    const name = moved.motion.slice(0, 18);
    const shown = await govern('show', name);
    for (const text of ['power of alice (', ': 1 to 3', 'periodLimit: 500', 'moved by alice', 'in favour: alice', 'open until'])
      expect(shown.stdout).to.contain(text);
    expect((await govern('list')).stdout).to.contain(name);
    expect((await document('vote', name, '--devnet-validator', '1')).decision).to.equal(null);
    expect((await document('vote', name, '--withdraw', '--devnet-validator', '1')).decision).to.equal(null);
    await document('vote', name, '--devnet-validator', '2');

    const file = join(folder, 'witness-key');
    await writeFile(file, to0x(derivedKey('witness', 3)));
    await chmod(file, 0o600);
    const last = await govern('vote', name, '--witness-key-file', file);
    expect([last.code, last.stderr.includes('power of alice')], last.stderr).to.deep.equal([0, true]);
    expect(last.stdout).to.match(/dave votes for 0x.*\npassed at peg height/);
    expect((await validators()).map(({ power }) => power).sort()).to.deep.equal([1, 1, 1, 3]);
    await nextFinal();

    const key = Buffer.from(ed25519PublicKey(ed25519PrivateKey(derivedKey('consensus', 7))));
    const addition = `${key.toString('base64')},2,0x${'5'.repeat(40)},erin`;
    const joins = await document('propose', '--add', addition, '--devnet-validator', '0');
    for (const voter of ['1', '2']) await document('vote', joins.motion, '--devnet-validator', voter);
    await nextFinal();
    expect(await engineSet(), 'the engine counts the one that has no node yet').to.deep.equal([3n, 2n, 1n, 1n, 1n]);

    const leave = await document('propose', '--remove', 'dave', '--remove', 'erin', '--devnet-validator', '0');
    for (const voter of ['1', '2', '3']) await document('vote', leave.motion, '--devnet-validator', voter);
    expect((await validators()).find((one) => one.name === 'dave')).to.deep.include({ power: 0, active: false });
    await nextFinal();
    expect(await engineSet()).to.deep.equal([3n, 1n, 1n]);
  });

  const lastFinal = () =>
    asked(async (query) => {
      const { matureEthBlock } = (await query('/ethereum')) as { matureEthBlock: number };
      return (await query(`/final/${matureEthBlock}`)) as { height: number; hash: string };
    });

  it('contests a final block and takes that back; without a breach nothing is corrected', async () => {
    const { height, hash } = await lastFinal();
    const contested = await document('contest', `${height}`, `0x${'7'.repeat(64)}`, '--devnet-validator', '1');
    expect(contested).to.deep.include({ name: 'bob', block: height, breach: null });
    expect(Object.values(contested.contests)).to.deep.equal([{ height, hash: `0x${'7'.repeat(64)}` }]);
    expect((await document('contest', `${height}`, hash, '--devnet-validator', '1')).contests).to.deep.equal({});
    const corrected = ['correct', '--at', `${height}`, '--ethereum', devnet.ethereumUrl, '--devnet-validator', '0'];
    const said = await govern(...corrected);
    expect([said.code, said.stderr.includes('there is no breach to be corrected')], said.stderr).to.deep.equal([1, true]);
  });

  /** The round that follows the current one lasts so long that the rest of the test lies in it. */
  const longRound = async () => {
    const moved = await document('propose', '--period-length', '100000', '--devnet-validator', '0');
    await document('vote', moved.motion, '--devnet-validator', '1');
    await eventually('a long round', () =>
      asked(async (query) => {
        const { startsAt, endsAt } = (await query('/round')) as { startsAt: number; endsAt: number };
        return endsAt - startsAt === 100_000;
      }),
    );
  };

  it('comes back from a breach: validators attest another block, adopt the ledger of the contract, and go on', async () => {
    await longRound();
    const { height } = await lastFinal();
    const attested = `0x${'7'.repeat(64)}`;
    await document('contest', `${height}`, attested, '--devnet-validator', '0');
    const { breach } = await document('contest', `${height}`, attested, '--devnet-validator', '1');
    expect(breach).to.deep.include({ height });
    expect(breach.evidence).to.deep.include({ attested, power: 4, totalPower: 5 });

    const ethereum = ['--ethereum', devnet.ethereumUrl];
    const staked = await runCommand(['stake', '7', '--staker', '0', ...ethereum, '--node', devnet.rpcUrl, '--json']);
    expect(staked.code, staked.stderr).to.equal(0);
    const { block, staker } = JSON.parse(staked.stdout) as { block: number; staker: string };
    const balance = () => asked(async (query) => BigInt(((await query(`/balance/${staker}`)) as { balance: string }).balance));
    const before = await balance();
    const at = ['--at', `${block}`, ...ethereum];
    const moved = await document('correct', ...at, '--devnet-validator', '2');
    expect([moved.name, moved.missing, moved.decision], 'a fifth of the power').to.deep.equal(['carol', 1, null]);
    const shown = await govern('show', moved.motion);
    expect(shown.stdout).to.contain(`adopt the ledger at Ethereum block ${block}`);
    expect(shown.stdout).to.contain('1 list of balances that change');
    const again = await document('correct', ...at, '--devnet-validator', '2');
    expect([again.motion, again.height, again.missing], 'said once').to.deep.equal([moved.motion, null, 1]);
    const voted = await govern('vote', moved.motion, ...ethereum, '--devnet-validator', '0');
    expect(voted.stdout, voted.stderr).to.match(/alice votes for 0x.*\npassed at peg height/);
    expect(voted.stderr).to.contain('1 list of balances: all on record');
    expect(await asked((query) => query('/ethereum'))).to.deep.include({ breach: null });
    expect((await balance()) - before).to.equal(7n);
    await nextFinal();
  });

  it('says what is wrong and exits accordingly', async () => {
    for (const [words, code, text] of [
      [['propose', '--devnet-validator', '0'], 2, 'say what is to change'],
      [['propose', '--power', 'nobody=3', '--devnet-validator', '0'], 2, 'no validator nobody ('],
      [['propose', '--power', 'alice=2'], 2, 'say who signs'],
      [['propose', '--remove', 'alice', '--devnet-validator', '9'], 1, 'is not the witness of a current validator'],
      [['propose', '--power', 'bob=0', '--devnet-validator', '0'], 1, 'refused (govern 12): a power is from 1'],
      [['vote', '0xabcdef', '--devnet-validator', '0'], 1, 'knows no motion 0xabcdef'],
    ] as const) {
      const said = await peg(['govern', ...words, '--node', devnet.rpcUrl]);
      expect([said.code, said.stderr.includes(text)], `${words.join(' ')}: ${said.stderr}`).to.deep.equal([code, true]);
    }
  });
}
