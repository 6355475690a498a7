import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseSocketAddress } from '../../relayer/abci/socket-address.ts';
import { codeRejected, codeThrown } from '../helpers/error-code.ts';
import { SocketBench } from '../helpers/served-application.ts';

/** Listens on a unix socket in a process of its own, and is killed there: the file stays. */
async function leaveStaleSocket(path: string): Promise<void> {
  const script = 'require("net").createServer().listen(process.argv[1], () => console.log("listening"))';
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
}

describe('address of an application', () => {
  let bench: SocketBench;
  beforeEach(() => {
    bench = new SocketBench();
  });
  afterEach(() => bench.close());

  it('is a path, or a host and a port', () => {
    expect(parseSocketAddress('unix:///run/app.sock')).to.deep.equal({ path: '/run/app.sock' });
    expect(parseSocketAddress('unix://app.sock')).to.deep.equal({ path: 'app.sock' });
    expect(parseSocketAddress('tcp://127.0.0.1:26658')).to.deep.equal({ host: '127.0.0.1', port: 26658 });
    expect(parseSocketAddress('tcp://[::1]:0')).to.deep.equal({ host: '::1', port: 0 });
  });

  it('is nothing else', () => {
    for (const address of [
      '',
      'unix://',
      '127.0.0.1:26658',
      'http://127.0.0.1:1',
      'tcp://127.0.0.1',
      'tcp://h:65536',
      'tcp://[x]:1',
    ])
      expect(
        codeThrown(() => parseSocketAddress(address)),
        address,
      ).to.equal('ABCI_ADDRESS_INVALID');
  });

  it('says which port was taken', async () => {
    const { address } = await bench.serve({}, { transport: 'tcp' });
    expect(address).to.match(/^tcp:\/\/127\.0\.0\.1:[1-9]\d+$/);
    expect(await codeRejected(bench.serve({}, { address }))).to.equal('ABCI_ADDRESS_IN_USE');
  });

  it('is for the owner of the socket only, and gone after the end', async () => {
    const server = await bench.serve();
    const path = server.address.slice('unix://'.length);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    await server.close();
    expect(await access(path).catch(({ code }) => code)).to.equal('ENOENT');
  });

  it('is taken over from a process that has gone', async () => {
    const address = await bench.address('unix');
    await leaveStaleSocket(address.slice('unix://'.length));
    const client = await bench.connect(await bench.serve({}, { address }));
    expect((await client.ask({ echo: { message: 'x' } }))[0]?.echo?.message).to.equal('x');
  });

  it('is left to a process that answers there', async () => {
    const server = await bench.serve();
    expect(await codeRejected(bench.serve({}, { address: server.address }))).to.equal('ABCI_ADDRESS_IN_USE');
    const client = await bench.connect(server);
    expect((await client.ask({ echo: { message: 'x' } }))[0]?.echo?.message).to.equal('x');
  });

  it('is not made by deleting a file that is no socket', async () => {
    const path = join(await bench.folder(), 'precious');
    await writeFile(path, 'data');
    expect(await codeRejected(bench.serve({}, { address: `unix://${path}` }))).to.equal('ABCI_ADDRESS_IN_USE');
    expect((await stat(path)).size).to.equal(4);
  });

  it('must exist on this machine and fit into a socket address', async () => {
    const folder = await bench.folder();
    for (const path of [join(folder, 'nowhere', 'app.sock'), join(folder, 'x'.repeat(200))])
      expect(await codeRejected(bench.serve({}, { address: `unix://${path}` }))).to.equal('ABCI_ADDRESS_INVALID');
  });

  it('must be allowed', async () => {
    const folder = join(await bench.folder(), 'locked');
    await mkdir(folder);
    await chmod(folder, 0o500);
    // Root may write everywhere but there.
    const forbidden = process.getuid?.() === 0 ? '/proc' : folder;
    expect(await codeRejected(bench.serve({}, { address: `unix://${forbidden}/app.sock` }))).to.equal('ABCI_ADDRESS_FORBIDDEN');
  });
});
