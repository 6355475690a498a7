import { expect } from 'chai';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { CODES } from '../../relayer/peg/codes.ts';
import { executeTransaction } from '../../relayer/peg/machine.ts';
import { mappingDigest } from '../../relayer/peg/mapping.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import { nextMapping } from '../../relayer/peg/rounds.ts';
import {
  balanceTable,
  breachCell,
  ethereumCell,
  limitTable,
  orderIdTable,
  roundCell,
  usageTable,
} from '../../relayer/peg/tables.ts';
import type { StateReader } from '../../relayer/peg/types.ts';
import { honestProposal, settle } from '../helpers/honest-validators.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, remove, StakingHistory, staker } from '../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n).mine(102, add('A', 100n), add('B', 300n)).mine(112, remove('A', 100n), add('C', 100n));
const WRONG: Hex = `0x${'ee'.repeat(32)}`;

/** Everything up to the end of round 1 is final, round 2 is due. */
function due(): ScriptedPeg {
  const peg = new ScriptedPeg();
  settle(peg, HISTORY, 109);
  for (const number of [1, 2, 3]) peg.block(peg.vote(number, 110, HISTORY.contents(110, 110)));
  return peg;
}

describe('rounds', () => {
  it('judge proposals in the order of the codes: the first check that fails gives the code', () => {
    const early = new ScriptedPeg();
    settle(early, HISTORY, 105);
    expect(early.block(early.rebalance(1, 2, 0, 0, WRONG)).codes).to.deep.equal(['REBALANCE_EARLY']);
    const peg = due();
    const right = mappingDigest(nextMapping(peg.state));
    const stranger = peg.sign(new Uint8Array(32).fill(9), {
      type: 'rebalance',
      round: 0n,
      startsAt: 0n,
      endsAt: 0n,
      mapping: WRONG,
    });
    const { codes } = peg.block(
      stranger,
      peg.rebalance(1, 1, 0, 0, WRONG),
      peg.rebalance(1, 3, 0, 0, WRONG),
      peg.rebalance(1, 2, 0, 120, WRONG),
      peg.rebalance(1, 2, 110, 130, WRONG),
      peg.rebalance(1, 2, 110, 120, WRONG),
      peg.rebalance(1, 2, 110, 120, right),
      peg.rebalance(2, 2, 110, 120, right),
    );
    expect(codes).to.deep.equal([
      'NOT_A_WITNESS',
      'REBALANCE_ALREADY_ADOPTED',
      'REBALANCE_ROUND',
      'REBALANCE_BOUNDS',
      'REBALANCE_BOUNDS',
      'REBALANCE_MAPPING',
      'ok',
      'REBALANCE_ALREADY_ADOPTED',
    ]);
    const broken = new Overlay(peg.state);
    breachCell.set(broken, { height: 111n, reason: 'for the test' });
    peg.state.apply(broken.changes());
    expect(peg.block(peg.rebalance(1, 1, 0, 0, WRONG)).codes).to.deep.equal(['BREACH']);
  });

  it('adopt the mapping as limits, clear what was spent, and leave balances alone', () => {
    const peg = due();
    peg.block(honestProposal(peg, 1) as Uint8Array);
    peg.block(peg.post('A', 'one'), peg.post('B', 'two'), peg.post('B', 's', 2, 'stream'));
    expect([...usageTable.entries(peg.state)]).to.have.length(2);
    expect([...orderIdTable.entries(peg.state)]).to.have.length(3);
    settle(peg, HISTORY, 119);
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 120, HISTORY.contents(120, 120)));
    const balances = [...balanceTable.entries(peg.state)];
    const { events } = peg.block(honestProposal(peg, 3) as Uint8Array);
    expect(events).to.deep.equal([
      {
        type: 'rebalance',
        attributes: {
          round: '3',
          starts_at: '120',
          ends_at: '130',
          stakers: '2',
          mapping: mappingDigest(nextMapping(peg.state)),
        },
      },
    ]);
    expect([...balanceTable.entries(peg.state)]).to.deep.equal(balances);
    expect([...usageTable.entries(peg.state)]).to.deep.equal([]);
    expect([...orderIdTable.entries(peg.state)]).to.deep.equal([]);
    expect(new Map(limitTable.entries(peg.state))).to.deep.equal(
      new Map([
        [staker('B'), { orderLimit: 750n, streamLimit: 1n }],
        [staker('C'), { orderLimit: 250n, streamLimit: 1n }],
      ]),
    );
    expect(roundCell.read(peg.state)).to.deep.equal({ number: 3n, startsAt: 120n, endsAt: 130n, limit: 1000n });
  });

  it('are judged by the balances as they are, also when a block brings a second round', () => {
    const peg = due();
    for (const number of [1, 2, 3]) peg.block(peg.vote(number, 111, HISTORY.contents(111, 120)));
    const { before, events } = HISTORY.block(112);
    peg.block(peg.deliver(1, 112, before, events));
    const second = mappingDigest(nextMapping(peg.state));
    const twin = peg.twin();
    twin.block(twin.rebalance(1, 2, 110, 120, second));
    const third = mappingDigest(nextMapping(twin.state));
    expect(third).to.not.equal(second);
    const { codes } = peg.block(
      peg.rebalance(1, 2, 110, 120, third),
      peg.rebalance(1, 2, 110, 120, second),
      peg.rebalance(1, 3, 120, 130, second),
      peg.rebalance(1, 3, 120, 130, third),
    );
    expect(codes).to.deep.equal(['REBALANCE_MAPPING', 'ok', 'REBALANCE_MAPPING', 'ok']);
    expect(peg.round()).to.deep.equal({ number: 3, startsAt: 120, endsAt: 130, limit: 1000 });
  });

  it('cost one pass over the stakers, however many proposals a block holds', () => {
    const peg = due();
    const right = honestProposal(peg, 1) as Uint8Array;
    const wrong = Array.from({ length: 20 }, (_, i) => peg.rebalance(4, 2, 110, 120, `0x${i.toString(16).padStart(64, '0')}`));
    let passes = 0;
    const counting: StateReader = {
      get: (key) => peg.state.get(key),
      scan: (prefix, after) => {
        if (prefix[0] === 'b'.charCodeAt(0)) passes++;
        return peg.state.scan(prefix, after);
      },
    };
    const overlay = new Overlay(counting);
    const codes = [...wrong, right].map((bytes) => executeTransaction(overlay, { height: 99n }, peg.domain, bytes).code);
    expect(codes).to.deep.equal([...wrong.map(() => CODES.REBALANCE_MAPPING.code), 0]);
    expect(passes).to.equal(1);
  });

  it('begin with round 1 at the start block, over the balances of the snapshot', () => {
    const base = { nonce: 5n, accumulator: WRONG };
    const snapshot = { nonce: '5', accumulator: WRONG, balances: { [staker('A')]: '1', [staker('B')]: '3' } };
    const peg = new ScriptedPeg({ snapshot });
    expect(ethereumCell.read(peg.state).matureBlock).to.equal(undefined);
    const { codes } = peg.block(peg.rebalance(1, 2, 100, 110, WRONG), honestProposal(peg, 1) as Uint8Array);
    expect(codes).to.deep.equal(['REBALANCE_ROUND', 'ok']);
    expect(peg.view().limits).to.deep.equal({
      [staker('A')]: { orderLimit: 250, streamLimit: 1 },
      [staker('B')]: { orderLimit: 750, streamLimit: 1 },
    });
    expect(ethereumCell.read(peg.state)).to.deep.equal({
      ...base,
      matureBlock: 100n,
      matureBlockHash: peg.view().ethereum.matureBlockHash,
    });
  });
});
