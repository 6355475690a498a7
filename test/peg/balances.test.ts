// Lists of balances that a correction names: what is taken in, when, how long it stays, and that nothing shows before all is
// there.

import { expect } from 'chai';
import type { Bytes } from '../../relayer/lib/bytes.ts';
import { TransactionCheck } from '../../relayer/peg/check.ts';
import type { CodeName } from '../../relayer/peg/codes.ts';
import { balancesDigest } from '../../relayer/peg/ledger.ts';
import { executeTransaction } from '../../relayer/peg/machine.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { arrangeProposal } from '../../relayer/peg/proposal.ts';
import type { Balances, Motion, StateReader, Verdict } from '../../relayer/peg/types.ts';
import { correctionTo, type MadeCorrection } from '../helpers/correction-of.ts';
import { advance, settle } from '../helpers/honest-validators.ts';
import { codeName, ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, remove, StakingHistory, stakerKey } from '../helpers/staking-history.ts';

const NAMES = ['A', 'B', 'C', 'D', 'E', 'F'];
const HELD = new StakingHistory(100n).mine(103, ...NAMES.map((name) => add(name, 10n)));
const TRUE = HELD.fork(103, 'won').mine(103, ...NAMES.slice(1).map((name, i) => add(name, BigInt(i) + 20n)), add('G', 1n));
const AT = 110;

/** A breach in which seven balances differ, and the correction in lists of two. */
function breached(): { readonly peg: ScriptedPeg; readonly made: MadeCorrection } {
  const peg = new ScriptedPeg();
  settle(peg, HELD, AT);
  peg.block(...[1, 2, 3].map((number) => peg.contest(number, AT, TRUE.block(AT).hash)));
  expect(peg.view().breach).to.not.equal(null);
  const made = correctionTo(peg, TRUE, AT, 2);
  expect(made.lists).to.have.length(4);
  return { peg, made };
}

/** The same, with the voices of `voters` behind a motion of that correction alone. */
function voted(...voters: readonly number[]) {
  const { peg, made } = breached();
  const motion = peg.motion([made.change], 30);
  for (const number of voters) peg.block(peg.govern(number, motion));
  return { peg, motion, ...made };
}

/** One of many motions that V4 may open. */
const opened = (peg: ScriptedPeg, number: number) => peg.motion([{ type: 'periodLimit', value: BigInt(number) + 5n }], 60);
const list = (lists: readonly Balances[], index: number) => lists[index] as Balances;
const outcome = (peg: ScriptedPeg, motion: Motion) => peg.motionRecord(motion)?.decision?.outcome;

describe('balances of a correction', () => {
  it('are judged in the order of the codes: the first check that fails gives the code', () => {
    const { peg, lists } = voted(1, 2);
    const calm = new ScriptedPeg();
    settle(calm, HELD, AT);
    expect(calm.block(calm.balances(1, list(lists, 0))).codes).to.deep.equal(['CORRECTION_NO_BREACH']);
    const alone = peg.motion([{ ...correctionTo(peg, TRUE, AT, 3).change }]);
    peg.block(peg.govern(3, alone));
    const [one, two] = [list(lists, 0), list(lists, 1)];
    const altered: Balances = one.map(([staker, balance]) => [staker, balance + 1n]);
    const wrong: readonly (readonly [CodeName, Bytes])[] = [
      ['TX_MALFORMED', peg.balances(1, one.toReversed())],
      ['TX_MALFORMED', peg.balances(1, [...one, ...one])],
      ['NOT_A_WITNESS', peg.sign(stakerKey('A'), { type: 'balances', balances: one })],
      ['BALANCES_UNKNOWN', peg.balances(1, altered)],
      ['BALANCES_UNKNOWN', peg.balances(1, one.slice(1))],
      ['BALANCES_UNKNOWN', peg.balances(1, [...one, ...two])],
      ['BALANCES_UNKNOWN', peg.balances(1, [])],
      ['BALANCES_NOT_ATTESTED', peg.balances(3, list(correctionTo(peg, TRUE, AT, 3).lists, 0))],
    ];
    const before = peg.substance();
    for (const [name, transaction] of wrong) expect(peg.block(transaction).codes, name).to.deep.equal([name]);
    expect([peg.substance(), peg.lists()]).to.deep.equal([before, []]);
    const { codes, events } = peg.block(peg.balances(4, one), peg.balances(4, one), peg.balances(1, one));
    expect(codes).to.deep.equal(['ok', 'BALANCES_ON_RECORD', 'BALANCES_ON_RECORD']);
    expect(events).to.deep.equal([{ type: 'balances', attributes: { digest: balancesDigest(one), count: '2' } }]);
  });

  it('and voices in vain cost one reading of the motions, however many there are', () => {
    const { peg, lists } = voted(1, 2);
    for (let count = 0; count < 4; count++) peg.block(peg.govern(4, opened(peg, count)));
    const vain = Array.from({ length: 10 }, (_, i) => [
      peg.balances(4, [[peg.v(1).address, BigInt(i)]]),
      peg.govern(4, opened(peg, 10 + i)),
    ]).flat();
    const readings = (of: (state: StateReader) => readonly Verdict[]) => {
      let count = 0;
      const counting: StateReader = {
        get: (key) => peg.state.get(key),
        scan: (prefix, after) => {
          if (prefix[0] === 'g'.charCodeAt(0)) count++;
          return peg.state.scan(prefix, after);
        },
      };
      return { codes: of(counting).map(codeName), count };
    };
    const block = { height: peg.height + 1n };
    const transactions = [...vain, peg.balances(4, list(lists, 0))];
    const expected = { codes: [...Array(10).fill(['BALANCES_UNKNOWN', 'MOTION_TOO_MANY']).flat(), 'ok'], count: 1 };
    const executed = readings((state) => {
      const overlay = new Overlay(state);
      return transactions.map((bytes) => executeTransaction(overlay, block, peg.domain, bytes));
    });
    expect(executed).to.deep.equal(expected);
    const checked = readings((state) => {
      const check = new TransactionCheck(state, peg.domain, peg.height);
      return transactions.map((bytes) => check.check(bytes));
    });
    expect(checked).to.deep.equal(expected);
  });

  it('need more than a third of the power behind one motion that names them', () => {
    const { peg, made } = breached();
    const [one, two] = [peg.motion([made.change]), peg.motion([made.change], 50)];
    const tried = () => peg.twin().block(peg.balances(1, list(made.lists, 0))).codes[0];
    expect(tried()).to.equal('BALANCES_UNKNOWN');
    peg.block(peg.govern(1, one));
    peg.block(peg.govern(2, two));
    expect(tried(), 'one of four behind each').to.equal('BALANCES_NOT_ATTESTED');
    peg.block(peg.govern(3, one));
    expect(tried()).to.equal('ok');
    peg.block(peg.govern(1, one, false));
    expect(tried(), 'a voice was taken back').to.equal('BALANCES_NOT_ATTESTED');
  });

  it('come in any order, from anybody, across restarts; only the last one shows', () => {
    const orders = [
      [0, 1, 2, 3],
      [3, 1, 0, 2],
      [2, 3, 1, 0],
    ];
    const states = orders.map((order) => {
      const { peg, motion, change, lists } = voted(1, 2, 3);
      const { balances } = peg.view();
      for (const [sent, index] of order.entries()) {
        expect([outcome(peg, motion), peg.view().balances], `${sent} lists`).to.deep.equal([undefined, balances]);
        expect(peg.motionRecord(motion)?.missing).to.have.members(
          order.slice(sent).map((other) => change.balances[other]) as string[],
        );
        peg.restart();
        expect(peg.block(peg.balances(1 + (index % 4), list(lists, index))).codes).to.deep.equal(['ok']);
      }
      expect(outcome(peg, motion)).to.equal('passed');
      const right = Object.fromEntries([...TRUE.balancesAt(AT)].map(([who, amount]) => [who, String(amount)]));
      expect([peg.view().balances, peg.lists(), peg.motionRecord(motion)?.missing]).to.deep.equal([right, [], []]);
      peg.truth = TRUE;
      expect(advance(peg, TRUE, 121)).to.be.greaterThan(1);
      return peg.state.dump();
    });
    expect(states[1]).to.deep.equal(states[0]);
    expect(states[2]).to.deep.equal(states[0]);
  });

  it('within one block give the same state in any order', () => {
    const hashes = [0, 1, 2, 3].map((turn) => {
      const { peg, lists } = voted(1, 2);
      const transactions = [...lists.map((one) => peg.balances(4, one)), peg.govern(3, peg.motion([], 5))];
      peg.block(...transactions.slice(turn), ...transactions.slice(0, turn));
      return peg.state.hash();
    });
    expect(new Set(hashes).size).to.equal(1);
  });

  it('before the quorum wait for it, and the last voice then adopts them', () => {
    const { peg, motion, lists } = voted(1, 2);
    peg.block(...lists.map((one) => peg.balances(2, one)));
    expect([peg.lists().length, outcome(peg, motion)]).to.deep.equal([4, undefined]);
    peg.block(peg.govern(3, motion));
    expect([peg.lists().length, outcome(peg, motion)]).to.deep.equal([0, 'passed']);
  });

  it('that are missing do not hold up another motion', () => {
    const { peg, motion } = voted(1, 2, 3);
    const other = peg.motion([{ type: 'periodLimit', value: 5n }]);
    peg.block(...[1, 2, 3].map((number) => peg.govern(number, other)));
    expect([outcome(peg, other), outcome(peg, motion)]).to.deep.equal(['passed', undefined]);
  });

  it('go when their motion is given up, expires or is void', () => {
    const sent = () => {
      const found = voted(1, 2);
      found.peg.block(...found.lists.map((one) => found.peg.balances(1, one)));
      expect(found.peg.lists()).to.have.length(4);
      return found;
    };
    const givenUp = sent();
    givenUp.peg.block(givenUp.peg.govern(1, givenUp.motion, false));
    expect(givenUp.peg.lists(), 'V2 still votes').to.have.length(4);
    givenUp.peg.block(givenUp.peg.govern(2, givenUp.motion, false));
    expect(givenUp.peg.lists()).to.deep.equal([]);

    const late = sent();
    while (late.peg.height < late.motion.expiry - 1n) late.peg.block();
    late.peg.block(new Uint8Array(1));
    expect(late.peg.lists(), 'expired').to.deep.equal([]);
    expect(late.peg.block(late.peg.balances(1, list(late.lists, 0))).codes).to.deep.equal(['BALANCES_UNKNOWN']);

    const { peg, made } = breached();
    const motion = peg.motion([{ ...made.change, ledger: made.change.hash }]);
    peg.block(...[1, 2, 3].map((number) => peg.govern(number, motion)));
    peg.block(...made.lists.map((one) => peg.balances(1, one)));
    expect([outcome(peg, motion), peg.lists()]).to.deep.equal(['void', []]);
    expect(peg.block(peg.balances(1, list(made.lists, 0))).codes).to.deep.equal(['BALANCES_UNKNOWN']);
  });

  it('that expire without a transaction are worth nothing, and go with the next one', () => {
    const { peg, motion, lists } = voted(1, 2);
    peg.block(peg.balances(1, list(lists, 0)));
    while (peg.height <= motion.expiry) peg.block();
    expect(peg.block(peg.balances(1, list(lists, 1))).codes).to.deep.equal(['BALANCES_UNKNOWN']);
    expect(peg.lists()).to.deep.equal([]);
  });

  it('stay while another open motion names them', () => {
    const { peg, motion, change, lists } = voted(1, 2);
    peg.block(peg.balances(1, list(lists, 0)), peg.balances(1, list(lists, 3)));
    const part = peg.motion([{ ...change, balances: change.balances.slice(0, 1) }]);
    peg.block(peg.govern(4, part));
    peg.block(peg.govern(1, motion, false), peg.govern(2, motion, false));
    expect(peg.lists()).to.deep.equal(change.balances.slice(0, 1));
    const again = peg.motion([change], 40);
    peg.block(...[1, 2, 3].map((number) => peg.govern(number, again)));
    expect(peg.motionRecord(again)?.missing, 'what is there need not come again').to.deep.equal(change.balances.slice(1));
    peg.block(...lists.slice(1).map((one) => peg.balances(3, one)));
    expect(outcome(peg, again)).to.equal('passed');
    expect(peg.lists()).to.deep.equal([]);
  });

  it('of one validator alone never enter the state, however many motions it opens', () => {
    const { peg } = breached();
    const entries = peg.state.size().entries;
    for (let round = 0; round < 6; round++) {
      const balances: Balances = Array.from({ length: 50 }, (_, i) => [
        `0x${(i + 1).toString(16).padStart(40, '0')}`,
        BigInt(round),
      ]);
      const { change } = correctionTo(peg, TRUE, AT);
      const motion = peg.motion([{ ...change, balances: [balancesDigest(balances)] }]);
      const opened = peg.block(peg.govern(4, motion)).codes[0];
      expect(opened).to.equal(round < 4 ? 'ok' : 'MOTION_TOO_MANY');
      expect(peg.block(peg.balances(4, balances)).codes[0]).to.equal(round < 4 ? 'BALANCES_NOT_ATTESTED' : 'BALANCES_UNKNOWN');
    }
    expect(peg.state.size().entries).to.equal(entries + 4);
  });
});

describe('balances of a correction: mempool and proposals', () => {
  it('wait together with deliveries, 32 of a validator; those nobody vouches for do not', () => {
    const { peg, made } = breached();
    const check = () => new TransactionCheck(peg.state, peg.domain, peg.height);
    const motion = peg.motion([made.change]);
    peg.block(peg.govern(1, motion));
    expect(codeName(check().check(peg.balances(1, list(made.lists, 0))))).to.equal('BALANCES_NOT_ATTESTED');
    peg.block(peg.govern(2, motion));
    const mempool = check();
    const codes = Array.from({ length: 33 }, () => codeName(mempool.check(peg.balances(1, list(made.lists, 0)))));
    expect([codes[31], codes[32]]).to.deep.equal(['ok', 'MEMPOOL_DELIVERIES_WAIT']);
  });

  it('are proposed before the voices, so that one block can adopt', () => {
    const { peg, motion, lists } = voted(1, 2);
    const voice = peg.govern(3, motion);
    const sent = lists.map((one) => peg.balances(1, one));
    const twice = peg.balances(2, list(lists, 0));
    const block = { height: peg.height + 1n, proposer: peg.v(1).address, transactions: 6 };
    const proposed = arrangeProposal(peg.state, block, peg.domain, [voice, ...sent, twice], 1_000_000);
    expect(proposed).to.deep.equal([...sent, voice]);
    peg.block(...proposed);
    expect(outcome(peg, motion)).to.equal('passed');
  });
});

describe('a ledger in which somebody has nothing any more', () => {
  it('loses the entry', () => {
    const peg = new ScriptedPeg();
    settle(peg, new StakingHistory(100n).mine(103, add('A', 10n)), AT);
    const gone = new StakingHistory(100n).mine(103, add('A', 10n), remove('A', 10n));
    peg.block(...[1, 2, 3].map((number) => peg.contest(number, AT, TRUE.block(AT).hash)));
    const { change, lists } = correctionTo(peg, gone, AT);
    expect(lists).to.deep.equal([[[lists[0]?.[0]?.[0], 0n]]]);
    const motion = peg.motion([change]);
    peg.block(...[1, 2, 3].map((number) => peg.govern(number, motion)));
    peg.block(...lists.map((one) => peg.balances(1, one)));
    expect(peg.view().balances).to.deep.equal({});
  });
});
