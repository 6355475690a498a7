import { expect } from 'chai';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { matureBlock, readBalances, readDomain, readPegView, readRecordedFrom } from '../../relayer/witness/peg-view.ts';
import { consensusAddress, witnessAddress } from '../helpers/peg-view-fixture.ts';

const HASH: Hex = `0x${'ab'.repeat(32)}`;
const VALIDATOR = {
  power: 3,
  active: true,
  witness: witnessAddress(1).toUpperCase().replace('0X', '0x'),
  sequence: 4,
  witnessedTo: 107,
};
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/validators': { [consensusAddress(2)]: { ...VALIDATOR, witnessedTo: null }, [consensusAddress(1)]: VALIDATOR },
  '/votes': {
    '106': [{ hash: HASH, nonce: null, accumulator: null, conf: 1, power: 3, voters: [consensusAddress(1)], missing: false }],
    '107': [{ hash: HASH, nonce: 5, accumulator: HASH, conf: 1, power: 3, voters: [consensusAddress(1)], missing: true }],
  },
  '/round': { number: 2, startsAt: 110, endsAt: 120, limit: 1000 },
  '/params': { finalityThreshold: 6, periodLength: 10, periodLimit: 1000, maxOrderBytes: 8192, confirmationThreshold: 3 },
  '/ethereum': { nonce: 4, accumulator: HASH, matureEthBlock: 105, matureBlockHash: HASH, startBlock: 100, breach: null },
  '/domain': { name: 'OrderStream', version: '1', chainId: 1337, verifyingContract: consensusAddress(7), salt: HASH },
  '/balances?limit=1000': { balances: { [consensusAddress(1)]: '1' }, next: consensusAddress(1) },
  [`/balances?after=${consensusAddress(1)}&limit=1000`]: {
    balances: { [consensusAddress(2)]: '340282366920938463463374607431768211456' },
    next: null,
  },
  [`/events/107/${HASH}`]: { from: 9 },
  [`/events/108/${HASH}`]: { from: null },
};

/** A peg that gives these answers and notes what it was asked. */
function scripted(changes: Readonly<Record<string, unknown>> = {}) {
  const asked: string[] = [];
  const query = async (path: string) => {
    asked.push(path);
    return { ...ANSWERS, ...changes }[path];
  };
  const broadcast = async () => ({ code: 0, codespace: '', log: '', hash: '' });
  return { asked, query, broadcast };
}

describe('view of the peg', () => {
  it('is parsed into the words of the protocol', async () => {
    const view = await readPegView(scripted(), undefined);
    expect(view.validators.map(({ address }) => address)).to.deep.equal([consensusAddress(1), consensusAddress(2)]);
    expect(view.validators.map(({ witnessedTo }) => witnessedTo)).to.deep.equal([107n, undefined]);
    expect(view.validators[0]).to.deep.include({ witness: witnessAddress(1), power: 3n, sequence: 4n });
    expect(view.votes.get(106n)?.[0]?.content).to.deep.equal({ hash: HASH });
    expect(view.votes.get(107n)?.[0]).to.deep.equal({
      content: { hash: HASH, after: { nonce: 5n, accumulator: HASH } },
      voters: [consensusAddress(1)],
      missing: true,
    });
    expect(view.round.endsAt).to.equal(120n);
    expect(matureBlock(view)).to.equal(105n);
  });

  it('is read in the order that makes a commit in between harmless: the set first, finality last', async () => {
    const peg = scripted();
    const view = await readPegView(peg, undefined);
    expect(peg.asked).to.deep.equal(['/validators', '/votes', '/round', '/params', '/ethereum']);
    await readPegView(peg, view);
    expect(peg.asked.slice(5)).to.deep.equal(['/validators', '/votes', '/round', '/ethereum']);
    await readPegView(peg, { ...view, round: { ...view.round, number: 1n } });
    expect(peg.asked.slice(9)).to.include('/params');
  });

  it('reads the parameters as long as a round is due, for it takes those of the moment', async () => {
    for (const matureEthBlock of [120, null]) {
      const peg = scripted({ '/ethereum': { ...(ANSWERS['/ethereum'] as object), matureEthBlock } });
      await readPegView(peg, await readPegView(peg, undefined));
      expect(peg.asked.filter((path) => path === '/params')).to.have.length(2);
    }
  });

  it('leaves out those who are no validators any more', async () => {
    const left = { ...VALIDATOR, active: false, power: 0 };
    const peg = scripted({ '/validators': { [consensusAddress(2)]: VALIDATOR, [consensusAddress(1)]: left } });
    expect((await readPegView(peg, undefined)).validators.map(({ address }) => address)).to.deep.equal([consensusAddress(2)]);
  });

  it('before round 1 the start block stands in; a breach is named', async () => {
    const ethereum = { ...(ANSWERS['/ethereum'] as object), matureEthBlock: null, breach: { height: 103, reason: 'too much' } };
    const view = await readPegView(scripted({ '/ethereum': ethereum }), undefined);
    expect(matureBlock(view)).to.equal(100n);
    expect(view.ethereum.breach).to.deep.equal({ height: 103n, reason: 'too much' });
  });

  it('balances come page by page; amounts beyond what a double holds stay exact', async () => {
    expect(await readBalances(scripted())).to.deep.equal([
      [consensusAddress(1), 1n],
      [consensusAddress(2), 2n ** 128n],
    ]);
  });

  it('knows where the events on record of a block begin', async () => {
    expect(await readRecordedFrom(scripted(), 107n, HASH)).to.equal(9n);
    expect(await readRecordedFrom(scripted(), 108n, HASH)).to.equal(undefined);
  });

  for (const [path, answer] of [
    ['/domain', { ...(ANSWERS['/domain'] as object), chainId: -1 }],
    ['/domain', { ...(ANSWERS['/domain'] as object), chainId: 1.5 }],
    ['/domain', { ...(ANSWERS['/domain'] as object), chainId: '005x' }],
    ['/domain', { ...(ANSWERS['/domain'] as object), salt: 'ab' }],
    ['/domain', { ...(ANSWERS['/domain'] as object), salt: 5 }],
  ] as const)
    it(`refuses ${JSON.stringify(answer)}`, async () => {
      const error = await readDomain(scripted({ [path]: answer })).catch((thrown: unknown) => thrown);
      expect(error).to.have.property('code', 'PEG_VIEW_MALFORMED');
    });
});
