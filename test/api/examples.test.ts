// Every example of docs/api.md and of the README's commands, run against a devnet. `curl` is read here: what counts is the answer.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { createPegClient, isLimitUsedUp } from '../../relayer/client/peg-client.ts';
import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { ask } from '../helpers/http-answer.ts';
import { type Finished, peg } from '../helpers/peg-process.ts';
import { Program } from '../helpers/program.ts';
import { type RunningDevnet, startRunningDevnet } from '../helpers/running-devnet.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The blocks of a language in a document. */
async function blocksOf(file: string, language: string): Promise<string[]> {
  const text = await readFile(`${ROOT}/${file}`, 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1] ?? '');
}

const commandsOf = async (file: string) =>
  (await blocksOf(file, 'console')).flatMap((block) => [...block.matchAll(/^\$ (.*)$/gm)].map((match) => match[1] ?? ''));

describe('examples of the documents', () => {
  let devnet: RunningDevnet;
  before(async function () {
    this.timeout(300_000);
    devnet = await startRunningDevnet();
  });
  after(() => devnet?.close());

  const words = (text: string) => [...text.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');

  /** Runs `[echo TEXT |] npm run -s peg -- …` with this devnet's addresses. */
  const runPeg = async (command: string): Promise<Finished> => {
    const [, input, args = ''] = /^(?:echo '(.*)' \| )?npm run -s peg -- (.*)$/.exec(command) ?? [];
    const own = words(args);
    if (own[0] === 'order' || own[0] === 'orders') own.push('--api', devnet.httpUrl);
    else own.push('--node', devnet.rpcUrl);
    if (['stake', 'unstake', 'audit', 'explain'].includes(own[0] ?? '')) own.push('--ethereum', devnet.ethereumUrl);
    return peg(own, input);
  };

  const run = async (command: string): Promise<void> => {
    if (command.startsWith('curl ')) {
      const [, url = ''] = words(command);
      const { status, body } = await ask(url.replace('http://127.0.0.1:26601', devnet.httpUrl));
      expect([status, typeof body], command).to.deep.equal([200, 'object']);
    } else if (command.includes('npm run -s peg -- ')) {
      const { code, stdout, stderr } = await runPeg(command);
      expect(code, `${command}: ${stderr}`).to.equal(0);
      expect(stdout, command).not.to.equal('');
    } else if (command.startsWith('node ')) {
      const program = new Program(process.execPath, [...words(command).slice(1), '--api', devnet.httpUrl]);
      try {
        expect(await program.succeeded(), command).to.match(/posted \d+ orders; stopped, because nothing is left of the limit/);
      } finally {
        await program.close();
      }
    } else expect.fail(`nothing runs "${command}"`);
  };

  it('of docs/api.md: requests, commands and the market maker', async function () {
    this.timeout(300_000);
    const commands = await commandsOf('docs/api.md');
    expect(commands.length).to.be.at.least(10);
    for (const command of commands) await run(command);
  });

  it('of the README: the commands to try', async function () {
    this.timeout(300_000);
    const commands = (await commandsOf('README.md')).filter((command) => command.includes('npm run -s peg -- '));
    expect(commands.length).to.be.at.least(5);
    for (const command of commands) await run(command);
  });

  it('of docs/api.md: the subscription and its answer', async () => {
    const [subscription = '', answer = ''] = await blocksOf('docs/api.md', 'json');
    const socket = new WebSocket(`${devnet.httpUrl.replace('http', 'ws')}/stream`);
    try {
      const first = new Promise<string>((resolve, reject) => {
        socket.on('open', () => socket.send(subscription));
        socket.on('message', (data) => resolve(data.toString()));
        socket.on('error', reject);
      });
      expect(JSON.parse(await first)).to.deep.equal(JSON.parse(answer));
    } finally {
      socket.terminate();
    }
  });

  it('of docs/api.md: the program', async function () {
    this.timeout(120_000);
    const [program = ''] = await blocksOf('docs/api.md', 'ts');
    const body = program
      .replace(/^import .*$/gm, '')
      .replace('http://127.0.0.1:26601', devnet.httpUrl)
      .replace("new Wallet('0x…')", 'wallet0');
    const said: string[] = [];
    const names = {
      createPegClient,
      isLimitUsedUp,
      wallet0: stakerWallet(0),
      console: { log: (text: string) => said.push(text) },
    };
    const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...values: unknown[]) => Promise<void>;
    await new AsyncFunction(...Object.keys(names), body)(...Object.values(names));
    expect(said).to.have.length(1);
    expect(said[0]).to.match(
      /^(order 0x[0-9a-f]{64} is in block \d+, \d+ of \d+ left|all \d+ orders of this round are used up)$/,
    );
  });
});
