import { expect } from 'chai';
import { foldEvent, foldEvents } from '../../relayer/peg/fold.ts';
import { foldHistory } from '../helpers/staking-history.ts';
import { commitment, type RawCommitment, type RawEvent, readVectors, stakeEvent } from './read-vectors.ts';

interface Chain {
  readonly name: string;
  readonly height: string;
  readonly before: RawCommitment;
}

const { chains, tellings } = readVectors<{
  chains: (Chain & { events: (RawEvent & { after: RawCommitment })[] })[];
  tellings: (Chain & { events: RawEvent[]; after: RawCommitment })[];
}>('accumulator.json');

describe('vectors: accumulator', () => {
  for (const { name, height, before, events } of chains) {
    it(`folds ${name}`, () => {
      let at = commitment(before);
      for (const event of events) {
        at = foldEvent(at, BigInt(height), stakeEvent(event));
        expect(at).to.deep.equal(commitment(event.after));
      }
      expect(foldEvents(commitment(before), BigInt(height), events.map(stakeEvent))).to.deep.equal(at);
      expect(foldHistory(commitment(before), BigInt(height), events.map(stakeEvent)), 'the tests’ own fold').to.deep.equal(at);
    });
  }

  it('tells every false telling from the true one', () => {
    for (const { name, height, before, events, after } of tellings)
      expect(foldEvents(commitment(before), BigInt(height), events.map(stakeEvent)), name).to.deep.equal(commitment(after));
  });
});
