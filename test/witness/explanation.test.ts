import { expect } from 'chai';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { type EventFacts, explainEvent, type ObservedEvent } from '../../relayer/witness/explanation.ts';
import type { PegContent, PegView } from '../../relayer/witness/peg-view.ts';

const hash = (digit: string): Hex => `0x${digit.repeat(64)}`;
const address = (digit: string): Hex => `0x${digit.repeat(40)}`;
const VALIDATORS = ['1', '2', '3', '4'].map(address);
const NAMES = new Map(
  VALIDATORS.map((validator, index) => [validator, ['alice', 'bob', 'carol', 'dave'][index] as string] as const),
);

/** x = 6, S = 100, L = 10; the event is in block 105. */
const EVENT: ObservedEvent = {
  kind: 'add',
  staker: address('a'),
  amount: 5n,
  nonce: 3n,
  transactionHash: hash('e'),
  logIndex: 0,
  block: 105n,
  blockHash: hash('5'),
};

const content = (blockHash: Hex, voters: readonly Hex[], missing = false): PegContent => ({
  content: { hash: blockHash, after: { nonce: 3n, accumulator: hash('c') } },
  voters,
  missing,
});

interface Change {
  readonly mature?: bigint;
  readonly nonce?: bigint;
  readonly round?: number;
  readonly startsAt?: bigint;
  readonly contents?: readonly PegContent[];
  readonly breach?: PegView['ethereum']['breach'];
  readonly head?: bigint;
  readonly canonicalHash?: Hex | undefined;
  readonly event?: Partial<ObservedEvent>;
}

function facts(change: Change = {}): EventFacts {
  const { mature = 104n, nonce = 2n, round = 1, startsAt = 100n, contents = [], breach, head = 111n } = change;
  return {
    event: { ...EVENT, ...change.event },
    canonicalHash: 'canonicalHash' in change ? change.canonicalHash : EVENT.blockHash,
    head,
    names: NAMES,
    peg: {
      ethereum: {
        nonce,
        accumulator: hash('b'),
        matureEthBlock: mature,
        matureBlockHash: hash('4'),
        startBlock: 100n,
        breach,
      },
      round: { number: BigInt(round), startsAt, endsAt: startsAt + 10n, limit: 1000n },
      params: { finalityThreshold: 6n, periodLength: 10n, periodLimit: 1000n, maxOrderBytes: 100n },
      validators: VALIDATORS.map((validator) => ({
        address: validator,
        witness: validator,
        power: 1n,
        sequence: 0n,
        witnessedTo: contents.some(({ voters }) => voters.includes(validator)) ? 105n : mature,
      })),
      votes: new Map(contents.length === 0 ? [] : [[105n, contents]]),
    },
  };
}

const state = (change: Change) => explainEvent(facts(change)).state;

describe('the explanation of a stake event', () => {
  it('before the peg’s start, after it was applied', () => {
    expect(state({ event: { block: 100n } })).to.equal('before-start');
    const applied = explainEvent(facts({ mature: 105n, nonce: 3n }));
    expect(applied.state).to.equal('applied');
    expect(applied.next).to.equal(undefined);
  });

  it('not deep enough: says how many blocks are to go', () => {
    const early = explainEvent(facts({ head: 108n }));
    expect(early).to.deep.include({ state: 'immature', matureAt: 111n });
    expect(early.reason).to.contain('3 of 6');
    expect(early.next).to.contain('3 more blocks');
  });

  it('dropped by a reorganisation, with and without another block there', () => {
    expect(explainEvent(facts({ canonicalHash: hash('9') })).reason).to.contain(hash('9'));
    expect(state({ canonicalHash: undefined })).to.equal('dropped');
  });

  it('too few votes: names who has voted and who has not', () => {
    const voting = explainEvent(facts({ contents: [content(hash('5'), VALIDATORS.slice(0, 2))] }));
    expect(voting).to.deep.include({ state: 'voting', votedBy: ['alice', 'bob'], notVotedBy: ['carol', 'dave'] });
    expect(voting.reason).to.contain('power 2 of 4');
    expect(explainEvent(facts()).reason).to.contain('nobody has voted');
  });

  it('a vote for another hash is none for this event, and more than 1/3 for it is a dispute', () => {
    const rival = content(hash('9'), VALIDATORS.slice(2));
    const disputed = explainEvent(facts({ contents: [content(hash('5'), VALIDATORS.slice(0, 2)), rival] }));
    expect(disputed).to.deep.include({ state: 'disputed', notVotedBy: ['carol', 'dave'] });
    expect(state({ contents: [content(hash('5'), VALIDATORS.slice(0, 2)), content(hash('9'), VALIDATORS.slice(3))] })).to.equal(
      'voting',
    );
  });

  it('voted for, and not delivered; voted for, and something comes first', () => {
    const quorum = VALIDATORS.slice(0, 3);
    expect(state({ contents: [content(hash('5'), quorum, true)] })).to.equal('undelivered');
    expect(explainEvent(facts({ mature: 103n, contents: [content(hash('5'), quorum)] }))).to.deep.include({
      state: 'waiting',
      next: 'block 104 has to become final',
    });
    const closing = explainEvent(facts({ round: 1, startsAt: 94n, mature: 104n, contents: [content(hash('5'), quorum)] }));
    expect(closing).to.deep.include({ state: 'waiting', next: 'the rebalance of round 2' });
  });

  it('a breach', () => {
    expect(state({ breach: { height: 103n, reason: 'below zero' } })).to.equal('breach');
  });

  it('counts from the first round that begins at its block or later', () => {
    const from = (change: Change) => {
      const { round, startsAt } = explainEvent(facts(change)).countsFrom;
      return [Number(round), Number(startsAt)];
    };
    expect(from({ round: 1, startsAt: 100n })).to.deep.equal([2, 110]);
    expect(from({ round: 0, startsAt: 0n })).to.deep.equal([2, 110]);
    expect(from({ round: 2, startsAt: 110n, mature: 110n, nonce: 3n })).to.deep.equal([2, 110]);
    expect(from({ round: 4, startsAt: 130n, mature: 130n, nonce: 3n })).to.deep.equal([2, 110]);
    expect(from({ round: 1, startsAt: 100n, event: { block: 110n } })).to.deep.equal([2, 110]);
    expect(from({ round: 1, startsAt: 100n, event: { block: 111n } })).to.deep.equal([3, 120]);
  });
});
