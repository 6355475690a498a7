// `peg status` asks two addresses of one node: its JSON-RPC, and its interface, which knows its witness and alarms.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { freePort } from '../../relayer/node/free-port.ts';
import { type ApiNode, startApiNode } from '../helpers/api-node.ts';
import { runCommand } from '../helpers/test-terminal.ts';

describe('peg status', () => {
  let node: ApiNode;
  before(async () => {
    node = await startApiNode();
  });
  after(() => node?.close());

  const status = (...flags: readonly string[]) => runCommand(['status', '--node', node.client.url, ...flags]);

  it('shows witness and alarms of the interface that is named', async () => {
    const { code, stdout } = await status('--api', node.url);
    expect(code).to.equal(0);
    expect(stdout)
      .to.match(/^witness {4}none: a full node$/m)
      .and.to.match(/^alarm {6}none$/m);
    const { witness, alarms } = JSON.parse((await status('--api', node.url, '--json')).stdout) as Record<string, unknown>;
    expect([witness, alarms]).to.deep.equal([null, []]);
  });

  it('does without where none is named, and says so', async () => {
    const { code, stdout } = await status();
    expect(code).to.equal(0);
    expect(stdout).to.contain('name the HTTP interface of the node with --api').and.not.to.contain('alarm');
    expect(JSON.parse((await status('--json')).stdout)).to.deep.include({ witness: null, alarms: null });
  });

  it('mixes no two nodes, and asks nobody who is not there in vain', async () => {
    const document = { network: 'another', node: 'bob', alarms: [] };
    const other = createServer((_, response) => response.end(JSON.stringify(document)));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const { code, stderr } = await status('--api', `http://127.0.0.1:${(other.address() as AddressInfo).port}`);
      expect([code, stderr.includes('bob of another, not of alice of peg-devnet')], stderr).to.deep.equal([2, true]);
    } finally {
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    }
    expect((await status('--api', `http://127.0.0.1:${await freePort()}`)).code).to.equal(75);
  });
});
