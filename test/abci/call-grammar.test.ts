import { expect } from 'chai';
import fc from 'fast-check';
import { type CallLetter, checkCallGrammar, checkCallLog, type LoggedCall } from '../../relayer/abci/call-grammar.ts';

/** The grammar as CometBFT's specification writes it. */
const GRAMMAR = /^(?:I|(?:OA*)*OA+)?(?:[PREV]*FC)+$/;

function call(letter: CallLetter, height?: number, hash?: number): LoggedCall {
  return {
    letter,
    ...(height !== undefined && { height: BigInt(height) }),
    ...(hash !== undefined && { hash: new Uint8Array(32).fill(hash) }),
  };
}

describe('call grammar', () => {
  it('agrees with the regular expression of the specification', () => {
    const letter = fc.constantFrom(...'IOAPREVFC');
    const plausible = fc.constantFrom('I', 'O', 'OA', 'OAA', 'PR', 'R', 'E', 'V', 'FC', 'RFC', 'F', 'C');
    const log = fc.oneof(
      fc.array(letter, { maxLength: 6 }),
      fc.array(plausible, { maxLength: 8 }).map((parts) => [...parts.join('')]),
    );
    fc.assert(
      fc.property(log, (calls) => {
        expect(checkCallGrammar(calls) === undefined, calls.join('')).to.equal(GRAMMAR.test(calls.join('')));
      }),
      { numRuns: 3000 },
    );
  });

  it('says where a log goes wrong', () => {
    expect(checkCallGrammar([...'IRFCC'])).to.deep.equal({ index: 4, message: 'C is not allowed after C' });
    expect(checkCallGrammar([...'C'])).to.deep.equal({ index: 0, message: 'C is not allowed after the start' });
    expect(checkCallGrammar([...'IX'])?.index).to.equal(1);
    expect(checkCallGrammar([...'IRF'])).to.deep.equal({ index: 3, message: 'the log ends after F, not after a Commit' });
    expect(checkCallGrammar([])?.message).to.include('the start');
  });

  it('lets the log of a stopped engine end anywhere', () => {
    for (const log of ['', 'I', 'IPR', 'IRF', 'FCR', 'O', 'OA'])
      expect(checkCallGrammar([...log], { stopped: true }), log).to.equal(undefined);
    expect(checkCallGrammar([...'FR'], { stopped: true })?.index).to.equal(1);
  });
});

describe('call log', () => {
  const block = (height: number, hash = height) => [
    call('P', height),
    call('R', height, hash),
    call('F', height, hash),
    call('C'),
  ];

  it('wants consecutive heights', () => {
    expect(checkCallLog([call('I'), ...block(1), ...block(2), ...block(3)])).to.equal(undefined);
    expect(checkCallLog(block(8), { startHeight: 7n })).to.equal(undefined);
    expect(checkCallLog([call('I'), ...block(5)], { initialHeight: 5n })).to.equal(undefined);
    expect(checkCallLog([...block(1), ...block(3)])).to.deep.equal({ index: 4, message: 'P is of height 3, the next is 2' });
    expect(checkCallLog([...block(1), ...block(1)])?.index).to.equal(4);
    expect(checkCallLog([call('R', 2, 2)])?.index).to.equal(0);
  });

  it('wants a block judged before it is finalized, in whatever round', () => {
    expect(checkCallLog([call('R', 1, 7), call('R', 1, 8), call('F', 1, 7), call('C')])).to.equal(undefined);
    expect(checkCallLog([call('R', 1, 7), call('F', 1, 8), call('C')])).to.deep.equal({
      index: 1,
      message: 'the block that was finalized at height 1 had not been judged',
    });
    expect(checkCallLog([...block(1), call('F', 2, 1)])?.index, 'of an earlier height').to.equal(4);
  });

  it('lets blocks be replayed without a proposal, up to the height that was decided', () => {
    const replay = [call('I'), call('F', 1, 1), call('C'), call('F', 2, 2), call('C')];
    expect(checkCallLog(replay, { decidedHeight: 2n })).to.equal(undefined);
    expect(checkCallLog(replay, { decidedHeight: 1n })?.index).to.equal(3);
    expect(checkCallLog(replay, { wasDecided: () => true })).to.equal(undefined);
    expect(checkCallLog(replay, { decidedHeight: 1n, wasDecided: (height) => height < 2n })?.index).to.equal(3);
  });

  it('is bound by the grammar too', () => {
    expect(checkCallLog([call('C')])?.index).to.equal(0);
  });
});
