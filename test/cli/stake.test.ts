// `peg stake` is told to stop while Ethereum says nothing.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type ApiNode, startApiNode } from '../helpers/api-node.ts';
import { runCommand } from '../helpers/test-terminal.ts';

describe('peg stake', () => {
  let node: ApiNode;
  const silent = createServer(() => {});
  before(async () => {
    node = await startApiNode();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    silent.closeAllConnections();
    silent.close();
    await node?.close();
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const ethereum = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const words = ['stake', '1', '--staker', '0', '--node', node.client.url, '--ethereum', ethereum];
    const asked = once(silent, 'request');
    const staking = runCommand(words, stop.signal);
    await asked;
    stop.abort(new Error('interrupted'));
    expect(await staking).to.deep.equal({ code: 1, stdout: '', stderr: 'peg: interrupted\n' });
  });
});
