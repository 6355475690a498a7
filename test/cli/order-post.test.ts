// `peg order post`: what is in the file, or on standard input, is what is in the block, byte for byte; and a signal ends the wait.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect } from 'chai';
import type { Terminal } from '../../relayer/cli/command.ts';
import { to0x } from '../../relayer/lib/bytes.ts';
import { type ApiNode, startApiNode } from '../helpers/api-node.ts';
import { ask } from '../helpers/http-answer.ts';

describe('peg order post', () => {
  let folder: string;
  let node: ApiNode;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-order-'));
    node = await startApiNode();
  });
  after(async () => {
    await node?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const post = async (file: string, input: Readable = Readable.from([]), signal = new AbortController().signal) => {
    const said: string[] = [];
    const out = (text: string) => void said.push(text);
    const terminal: Terminal = { out, err: out, input, interactive: false, env: {}, signal };
    const { runProgram } = await import('../../relayer/cli/program.ts');
    const code = await runProgram(['order', 'post', file, '--staker', '0', '--api', node.url], terminal);
    return { code, said: said.join('\n') };
  };
  const newest = async () => (await ask(`${node.url}/orders?sort=desc&limit=1`)).body.orders[0].payload;

  it('posts the bytes as they are, text or not', async () => {
    const bytes = Uint8Array.from([0xef, 0xbb, 0xbf, 0x00, 0xff, 0xfe, 0xc3, 0x28, 0x0d, 0x0a]);
    const file = join(folder, 'order.bin');
    await writeFile(file, bytes);
    expect((await post(file)).code).to.equal(0);
    expect(await newest()).to.equal(to0x(bytes));
    const other = Uint8Array.from([...bytes, 1]);
    expect((await post('-', Readable.from([other.subarray(0, 7), other.subarray(7)].map(Buffer.from)))).code).to.equal(0);
    expect(await newest()).to.equal(to0x(other));
  });

  it('ends when it is told to while it waits for its input', async () => {
    const stop = new AbortController();
    const waiting = post('-', new PassThrough(), stop.signal);
    stop.abort(new Error('interrupted'));
    expect(await waiting).to.deep.equal({ code: 1, said: 'peg: interrupted' });
  });
});
