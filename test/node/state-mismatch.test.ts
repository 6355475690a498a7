import { expect } from 'chai';
import { stateMismatch } from '../../relayer/node/state-mismatch.ts';

describe("the engine's refusal of a state", () => {
  it('has both heights and what to do', () => {
    const ahead = stateMismatch(['starting', 'failed (error on replay: app block height (12) is higher than core (9))']);
    expect(ahead).to.have.property('code', 'STATE_AHEAD');
    expect(ahead?.data).to.deep.equal({ state: 12, blocks: 9 });
    expect(ahead?.message).to.include('height 12').and.include('up to 9');
    const behind = stateMismatch(['error on replay: app block height (3) is too far below block store base (50)']);
    expect(behind).to.have.property('code', 'STATE_BEHIND');
    expect(behind?.message).to.include('height 3').and.include('is 50').and.include('height 49 or later');
  });

  it('is not read into other words', () => {
    expect(stateMismatch([])).to.equal(undefined);
    expect(stateMismatch(['app block height', 'panic: higher than core'])).to.equal(undefined);
  });
});
