import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { RequestFinalizeBlock, RequestInitChain, RequestProcessProposal } from 'cosmjs-types/tendermint/abci/types';
import { checkCallLog, type LoggedCall } from '../../relayer/abci/call-grammar.ts';
import { openCallLog, parseCallLog, recordCalls } from '../../relayer/abci/recorded-calls.ts';
import { codeThrown } from '../helpers/error-code.ts';
import { KvStoreApplication, newDisk } from '../helpers/kvstore-application.ts';

describe('recorded calls', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'calls-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const block = (height: bigint) => ({ height, hash: new Uint8Array(32).fill(Number(height)), txs: [] });

  it('survive in a file, life after life, and pass the grammar', async () => {
    const path = join(folder, 'calls.jsonl');
    const disk = newDisk();
    const expected: LoggedCall[] = [];
    for (const heights of [[1n, 2n], [3n]]) {
      const file = openCallLog(path, disk.height);
      const sink = (call: LoggedCall) => {
        expected.push(call);
        file.sink(call);
      };
      const application = recordCalls(new KvStoreApplication({ disk }), sink);
      if (disk.height === 0n) await application.initChain(RequestInitChain.fromPartial({ chainId: 'c' }));
      for (const height of heights) {
        await application.processProposal(RequestProcessProposal.fromPartial(block(height)));
        await application.finalizeBlock(RequestFinalizeBlock.fromPartial(block(height)));
        await application.commit();
      }
      file.close();
    }
    const lives = parseCallLog(await readFile(path, 'utf8'));
    expect(lives.map(({ startHeight }) => startHeight)).to.deep.equal([0n, 2n]);
    expect(lives.flatMap(({ calls }) => calls)).to.deep.equal(expected);
    expect(lives.map(({ calls }) => calls.map(({ letter }) => letter).join(''))).to.deep.equal(['IRFCRFC', 'RFC']);
    for (const { calls, startHeight } of lives) expect(checkCallLog(calls, { startHeight })).to.equal(undefined);
  });

  it('are there before the call is made', async () => {
    const calls: LoggedCall[] = [];
    const finalizeBlock = () => Promise.reject(new Error('killed'));
    const application = recordCalls(new KvStoreApplication({ overrides: { finalizeBlock } }), (call) => calls.push(call));
    await application.finalizeBlock(RequestFinalizeBlock.fromPartial(block(1n))).catch(() => {});
    expect(calls.map(({ letter }) => letter)).to.deep.equal(['F']);
  });

  it('leave the rest of the application as it is', async () => {
    const application = recordCalls(new KvStoreApplication(), () => {});
    expect((await application.info()).data).to.equal('kv');
    expect(application.disk.height).to.equal(0n);
  });

  it('are refused with the number of a damaged line', async () => {
    for (const line of ['{"call":"F","hei', '{"call":"X"}', '{"call":"F","hash":"xy"}', '{"start":"x"}'])
      expect(
        codeThrown(() => parseCallLog(`{"start":"0"}\n${line}\n`)),
        line,
      ).to.equal('ABCI_RECORD_INVALID');
  });
});
