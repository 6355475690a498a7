// The protocol's invariants that can be read off one node's state: I2 and I4–I9 (I1, I3, I10 and I11 compare nodes or runs).
// I2 and I5 need the truth about Ethereum, which a test that knows it hands in.

import { expect } from 'chai';
import type { StateView } from './peg-views.ts';
import type { StakingHistory } from './staking-history.ts';

export interface InvariantContext {
  readonly startBlock: bigint;
  /** The chain that honest witnesses see, when the test has one. */
  readonly truth?: StakingHistory | undefined;
}

/** Votes reach at most this far beyond the mature block. */
const VOTE_WINDOW = 1024;

/** Throws an assertion error for the first invariant that `view`, reached from `before` by one peg block, does not keep. */
export function checkInvariants(view: StateView, before: StateView, context: InvariantContext): void {
  checkBalances(view, before);
  checkRound(view, before, context);
  checkLimits(view);
  checkSet(view);
  checkVotes(view, context);
  if (context.truth !== undefined) checkTruth(view, context.truth);
}

function checkBalances(view: StateView, before: StateView): void {
  const corrected = before.breach !== null && view.breach === null;
  if (!corrected) expect(view.ethereum.nonce, 'I4: nonces only grow').to.be.at.least(before.ethereum.nonce);
  for (const [who, balance] of Object.entries(view.balances))
    expect(BigInt(balance) > 0n, `I4: balance of ${who}`).to.equal(true);
  expect(view.orderCounter, 'orders are never taken back').to.be.at.least(before.orderCounter);
}

function checkRound(view: StateView, before: StateView, context: InvariantContext): void {
  const { number, startsAt, endsAt, limit } = view.round;
  expect(number, 'I7: rounds do not go back').to.be.at.least(before.round.number);
  if (number === 0) {
    expect([startsAt, endsAt, view.matureEthBlock], 'I7: round 0').to.deep.equal([0, 0, null]);
    return;
  }
  // A motion decided at the end of a block counts from the next one on.
  const { periodLength: length, periodLimit } = before.consensusParams as { periodLength: number; periodLimit: number };
  if (number === before.round.number) expect(view.round, 'I7: a round stays as it was adopted').to.deep.equal(before.round);
  else {
    const first = before.round.number === 0 ? Number(context.startBlock) : before.round.endsAt;
    expect(startsAt, 'I7: start').to.equal(first + (number - before.round.number - 1) * length);
    expect([endsAt - startsAt, limit], 'I7: length and limit').to.deep.equal([length, periodLimit]);
  }
  expect(view.matureEthBlock, 'finality lies within the round').to.be.within(startsAt, endsAt);
}

function checkLimits(view: StateView): void {
  const limits = Object.entries(view.limits);
  const sum = limits.reduce((total, [, { orderLimit }]) => total + orderLimit, 0);
  const periodLimit = view.round.limit;
  expect(sum, 'I8: at most P').to.be.at.most(periodLimit);
  if (limits.length > 0) expect(sum, 'I8: floors lose less than one each').to.be.greaterThan(periodLimit - limits.length);
  for (const [who, { orders, streams }] of Object.entries(view.usage)) {
    expect(orders, `I9: orders of ${who}`).to.be.at.most(view.limits[who]?.orderLimit ?? 0);
    expect(streams, `I9: streams of ${who}`).to.be.at.most(view.limits[who]?.streamLimit ?? 0);
  }
}

/** Who may speak is told apart by the witness key; nobody speaks with no power. */
function checkSet(view: StateView): void {
  const members = Object.entries(view.validators).filter(([, { active }]) => active);
  expect(members.length, 'somebody validates').to.be.greaterThan(0);
  expect(new Set(members.map(([, { witness }]) => witness)).size, 'witness keys differ').to.equal(members.length);
  for (const [address, { power }] of members) expect(power, `power of ${address}`).to.be.greaterThan(0);
  for (const [id, { voters, decision }] of Object.entries(view.motions))
    if (decision === null)
      for (const voter of voters)
        expect(view.validators[voter]?.active, `${voter} votes on ${id} and is a validator`).to.equal(true);
}

function checkVotes(view: StateView, { startBlock }: InvariantContext): void {
  const mature = view.matureEthBlock ?? Number(startBlock);
  const votedFor = new Map<string, number[]>();
  for (const [key, contents] of Object.entries(view.votes)) {
    const height = Number(key);
    holds(height > mature && height <= mature + VOTE_WINDOW, () => `a vote for ${height} when ${mature} is mature`);
    const seen = new Set<string>();
    let weaker = Number.POSITIVE_INFINITY;
    for (const { conf, power, voters } of contents) {
      holds(conf === voters.length && conf > 0, () => `I6: conf ${conf} of ${height} with ${voters.length} voters`);
      const sum = Number(voters.reduce((total, voter) => total + BigInt(view.validators[voter]?.power ?? 0), 0n));
      holds(power === sum, () => `power ${power} of ${height}, not ${sum}`);
      holds(power <= weaker, () => `the strongest content of ${height} does not come first`);
      weaker = power;
      for (const voter of voters) {
        holds(view.validators[voter]?.active === true, () => `${voter}, who is no validator, votes for ${height}`);
        holds(!seen.has(voter), () => `I6: ${voter} counts twice for ${height}`);
        seen.add(voter);
        const heights = votedFor.get(voter);
        if (heights === undefined) votedFor.set(voter, [height]);
        else heights.push(height);
      }
    }
  }
  for (const [address, { witnessedTo }] of Object.entries(view.validators)) {
    holds(witnessedTo >= mature, () => `${address} has witnessed to ${witnessedTo}, below ${mature}`);
    const heights = (votedFor.get(address) ?? []).sort((a, b) => a - b);
    const whole = heights.length === witnessedTo - mature && heights.every((height, i) => height === mature + 1 + i);
    holds(whole, () => `votes of ${address} do not reach from ${mature} to ${witnessedTo} without gap: ${heights.join(' ')}`);
  }
}

/** As `expect`, for what is looked at thousands of times a block. */
function holds(condition: boolean, otherwise: () => string): void {
  if (!condition) expect.fail(otherwise());
}

function checkTruth(view: StateView, truth: StakingHistory): void {
  expect(view.breach, 'an honest majority sees no breach').to.equal(null);
  const mature = BigInt(view.matureEthBlock ?? truth.start);
  const { nonce, accumulator } = truth.commitmentAt(mature);
  expect([view.ethereum.nonce, view.ethereum.accumulator], 'I5: accumulator').to.deep.equal([Number(nonce), accumulator]);
  const balances = Object.fromEntries([...truth.balancesAt(mature)].map(([who, balance]) => [who, String(balance)]));
  expect(view.balances, 'I2, I5: balances').to.deep.equal(balances);
}
