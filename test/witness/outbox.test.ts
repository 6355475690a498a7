import { expect } from 'chai';
import { forgetOthers, isDue, noteSent, type Outbox } from '../../relayer/witness/outbox.ts';

const POLICY = { baseDelayMs: 100, maxDelayMs: 350 };
const EMPTY: Outbox = new Map();

describe('witness outbox', () => {
  it('sends a task at once and again only after its wait, which doubles up to a maximum', () => {
    expect(isDue(EMPTY, 'vote 1', 0)).to.equal(true);
    const waits: number[] = [];
    let outbox = EMPTY;
    let now = 1_000;
    for (let i = 0; i < 4; i++) {
      outbox = noteSent(outbox, 'vote 1', now, POLICY);
      const wait = [0, 99, 100, 199, 200, 349, 350].find((ms) => isDue(outbox, 'vote 1', now + ms)) as number;
      waits.push(wait);
      now += wait;
    }
    expect(waits).to.deep.equal([100, 200, 350, 350]);
    expect(isDue(outbox, 'vote 2', now)).to.equal(true);
  });

  it('forgets what is no longer planned', () => {
    const outbox = noteSent(noteSent(EMPTY, 'a', 0, POLICY), 'b', 0, POLICY);
    expect([...forgetOthers(outbox, new Set(['b', 'c'])).keys()]).to.deep.equal(['b']);
    expect(isDue(forgetOthers(outbox, new Set()), 'b', 0)).to.equal(true);
  });
});
