// What the provider asks a node, and what it does with answers that no honest node gives.

import { expect } from 'chai';
import { nodeProvider } from '../../../relayer/comet/light-client/provider.ts';
import { readSignedBlock } from '../../../relayer/comet/light-client/read-light-block.ts';
import { testValidators } from '../../helpers/engine-genesis.ts';
import { codeRejected, codeThrown } from '../../helpers/error-code.ts';
import { failure } from '../../helpers/failure.ts';
import { recordedLightJson } from '../../helpers/recorded-light-chain.ts';
import { type StubNode, startStubNode } from '../../helpers/stub-node.ts';

const [recorded] = recordedLightJson();
const validatorJson = testValidators(new Array<number>(250).fill(1)).map(({ key }) => ({
  address: Buffer.from(key.address).toString('hex').toUpperCase(),
  pub_key: { type: 'tendermint/PubKeyEd25519', value: Buffer.from(key.publicKey).toString('base64') },
  voting_power: '1',
  proposer_priority: '0',
}));

describe('light client: provider', () => {
  let stub: StubNode;
  beforeEach(async () => {
    stub = await startStubNode();
  });
  afterEach(() => stub.close());

  const block = () => nodeProvider(stub.url).lightBlock(7n);
  /** Answers with the recorded commit, and with validators as told. */
  const withValidators = (page: (number: number) => unknown) => {
    stub.answer = ({ method, params }) => ({
      result: method === 'commit' ? { signed_header: recorded?.signed_header } : page(Number(params.page)),
    });
  };

  it('collects the pages of the validators', async () => {
    withValidators((page) => ({ total: '250', validators: validatorJson.slice(100 * (page - 1), 100 * page) }));
    expect((await block()).validators).to.have.length(250);
    const asked = stub.calls.filter(({ method }) => method === 'validators').map(({ params }) => params);
    expect(asked).to.deep.equal([1, 2, 3].map((page) => ({ height: '7', page: `${page}`, per_page: '100' })));
    expect(stub.calls.find(({ method }) => method === 'commit')?.params).to.deep.equal({ height: '7' });
  });

  it('stops at pages that never end, are too long, or are empty', async () => {
    withValidators(() => ({ total: '1000000', validators: validatorJson.slice(0, 100) }));
    expect(await codeRejected(block())).to.equal('PEG_ANSWER_MALFORMED');
    withValidators(() => ({ total: '250', validators: validatorJson }));
    expect(await codeRejected(block())).to.equal('PEG_ANSWER_MALFORMED');
    withValidators(() => ({ total: '1000000', validators: null }));
    expect((await block()).validators).to.have.length(0);
  }).timeout(60_000);

  it('does not read an answer to its end that is too long', async () => {
    let sent = 0;
    stub.answer = () => (response) => {
      const chunk = Buffer.alloc(65_536, 0x20);
      const more = () => {
        while (!response.destroyed && sent < 1e9 && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', more);
      more();
    };
    expect(await codeRejected(nodeProvider(stub.url).latestHeight())).to.equal('PEG_UNREACHABLE');
    expect(sent).to.be.lessThan(64_000_000);
  }).timeout(60_000);

  it('tells refusals about a height from anything else', async () => {
    stub.answer = () => ({
      error: {
        code: -32603,
        message: 'Internal error',
        data: 'height 7 must be less than or equal to the current blockchain height 3',
      },
    });
    expect(await codeRejected(block())).to.equal('HEIGHT_UNAVAILABLE');
    expect(await codeRejected(nodeProvider(stub.url).latestHeight())).to.equal('PEG_RPC_REFUSED');
    stub.answer = () => ({ result: null });
    expect(await codeRejected(block())).to.equal('PEG_ANSWER_MALFORMED');
    stub.answer = () => (response) => void response.end('<html>');
    expect(await codeRejected(block())).to.equal('PEG_UNREACHABLE');
  });

  it('is stopped by its signal', async () => {
    stub.answer = () => () => {};
    const stop = new AbortController();
    const waiting = failure(nodeProvider(stub.url, { signal: stop.signal }).latestHeight());
    stop.abort(new Error('stopped'));
    expect(await waiting).to.equal(stop.signal.reason);
  });

  it('takes a block whose commit is missing for malformed', () => {
    for (const result of [null, 'x', {}, { signed_header: {} }, { signed_header: { header: {}, commit: null } }, []])
      expect(codeThrown(() => readSignedBlock(result))).to.equal('PEG_ANSWER_MALFORMED');
  });
});
