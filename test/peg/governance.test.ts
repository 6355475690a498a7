import { expect } from 'chai';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { TransactionCheck } from '../../relayer/peg/check.ts';
import type { CodeName } from '../../relayer/peg/codes.ts';
import { motionId } from '../../relayer/peg/motion.ts';
import { arrangeProposal } from '../../relayer/peg/proposal.ts';
import type { Change, Motion } from '../../relayer/peg/types.ts';
import { codeName, ScriptedPeg } from '../helpers/scripted-peg.ts';
import { stakerKey } from '../helpers/staking-history.ts';

const limit = (value: bigint): Change => ({ type: 'periodLimit', value });
const TOP = 2n ** 60n - 1n;

/** The one code of a block that holds V1's voice for these changes. */
function tried(peg: ScriptedPeg, ...changes: readonly Change[]): string {
  const twin = peg.twin();
  return twin.block(twin.govern(1, twin.motion(changes))).codes[0] as string;
}

describe('governance: voices', () => {
  it('are judged in the order of the codes: the first check that fails gives the code', () => {
    const peg = new ScriptedPeg();
    const decided = peg.motion([limit(5n)]);
    peg.block(...[1, 2, 3].map((number) => peg.govern(number, decided)));
    expect(peg.motionRecord(decided)?.decision?.outcome).to.equal('passed');
    const supported = peg.motion([limit(6n)]);
    peg.block(peg.govern(1, supported));
    for (const value of [11n, 12n, 13n]) peg.block(peg.govern(1, peg.motion([limit(value)])));
    const expired: Motion = { expiry: peg.height, changes: [] };
    const distant: Motion = { expiry: peg.height + 1_000_100n, changes: [] };
    const wrong: readonly (readonly [CodeName, Uint8Array])[] = [
      ['NOT_A_WITNESS', peg.sign(stakerKey('A'), { type: 'govern', sequence: 9n, support: true, motion: expired })],
      ['GOVERN_SEQUENCE', peg.govern(1, expired, true, peg.validator(1).governSequence)],
      ['GOVERN_SEQUENCE', peg.govern(1, expired, true, peg.validator(1).governSequence + 2)],
      ['MOTION_EXPIRED', peg.govern(1, expired)],
      ['MOTION_DISTANT', peg.govern(1, distant)],
      ['MOTION_DECIDED', peg.govern(1, decided, false)],
      ['MOTION_DECIDED', peg.govern(4, decided)],
      ['MOTION_NOT_VOTED', peg.govern(2, supported, false)],
      ['MOTION_NOT_VOTED', peg.govern(2, peg.motion([limit(9n)]), false)],
      ['MOTION_VOTED', peg.govern(1, supported)],
      ['MOTION_TOO_MANY', peg.govern(1, peg.motion([]))],
      ['MOTION_EMPTY', peg.govern(2, peg.motion([]))],
    ];
    const before = peg.substance();
    for (const [name, transaction] of wrong) expect(peg.block(transaction).codes, name).to.deep.equal([name]);
    expect(peg.substance()).to.deep.equal(before);
    expect(peg.block(peg.govern(1, supported, false)).codes, 'its vote back makes room').to.deep.equal(['ok']);
    expect(peg.block(peg.govern(1, peg.motion([limit(14n)]))).codes).to.deep.equal(['ok']);
  });

  it('judge each change by its own code', () => {
    const peg = new ScriptedPeg({ powers: [3n, 1n, 1n, 1n] });
    const { address: v1 } = peg.v(1);
    const { address: v2, witness: w2 } = peg.v(2);
    const stranger: Hex = `0x${'99'.repeat(20)}`;
    const newcomer = peg.joining(5) as Extract<Change, { type: 'add' }>;
    const wrong: readonly (readonly [CodeName | 'ok', ...Change[]])[] = [
      ['CHANGE_TWICE', limit(0n), limit(5n)],
      ['CHANGE_TWICE', { type: 'remove', validator: v2 }, { type: 'power', validator: v2, power: 0n }],
      ['CHANGE_TWICE', newcomer, { ...newcomer, name: '' }],
      ['CHANGE_TWICE', newcomer, { type: 'remove', validator: peg.v(5).address }],
      ['CHANGE_PARAMETER', limit(0n)],
      ['CHANGE_PARAMETER', limit(2n ** 53n)],
      ['CHANGE_PARAMETER', { type: 'periodLength', value: 1_000_001n }],
      ['CHANGE_NOT_A_VALIDATOR', { type: 'remove', validator: stranger }],
      ['CHANGE_NOT_A_VALIDATOR', { type: 'power', validator: peg.v(5).address, power: 0n }],
      ['CHANGE_NOT_A_VALIDATOR', { type: 'witness', validator: w2, witness: stranger }],
      ['CHANGE_POWER', { type: 'power', validator: v2, power: 0n }],
      ['CHANGE_POWER', { type: 'power', validator: v2, power: TOP + 1n }],
      ['CHANGE_POWER', { ...newcomer, power: 0n, name: '' }],
      ['CHANGE_NAME', { ...newcomer, name: '' }],
      ['CHANGE_NAME', { ...newcomer, name: 'x'.repeat(71), publicKey: peg.v(2).publicKey }],
      ['CHANGE_KEY_TAKEN', { ...newcomer, publicKey: peg.v(2).publicKey, witness: `0x${'00'.repeat(20)}` }],
      ['CHANGE_WITNESS_INVALID', { ...newcomer, witness: `0x${'00'.repeat(20)}` }],
      ['CHANGE_WITNESS_INVALID', { ...newcomer, witness: v1 }],
      ['CHANGE_WITNESS_INVALID', { ...newcomer, witness: peg.v(5).address }],
      ['CHANGE_WITNESS_INVALID', { type: 'witness', validator: v2, witness: v2 }],
      ['CHANGE_WITNESS_INVALID', { type: 'witness', validator: v2, witness: peg.v(5).address }, newcomer],
      ['CHANGE_WITNESS_TAKEN', { ...newcomer, witness: w2 }],
      ['CHANGE_WITNESS_TAKEN', { type: 'witness', validator: v1, witness: w2 }],
      ['CHANGE_NOTHING', { type: 'witness', validator: v2, witness: w2 }],
      ['CHANGE_NOTHING', { type: 'power', validator: v1, power: 3n }],
      ['CHANGE_NOTHING', limit(1000n)],
      ['CHANGE_SET_EMPTY', ...[1, 2, 3, 4].map((n): Change => ({ type: 'remove', validator: peg.v(n).address }))],
      ['CHANGE_SET_TOO_STRONG', { type: 'power', validator: v1, power: TOP - 2n }],
      ['CHANGE_SET_TOO_STRONG', { ...newcomer, power: TOP }],
      ['ok', { type: 'power', validator: v1, power: TOP - 3n }],
      ['ok', newcomer, limit(1n), { type: 'periodLength', value: 1_000_000n }, { type: 'remove', validator: v1 }],
      ['ok', { type: 'power', validator: v2, power: 5n }, { type: 'witness', validator: v2, witness: stranger }],
    ];
    for (const [name, ...changes] of wrong) {
      expect(tried(peg, ...changes), `${name}: ${changes.map(({ type }) => type).join()}`).to.equal(name);
    }
  });

  it('count once, and only as long as they stand', () => {
    const peg = new ScriptedPeg();
    const motion = peg.motion([limit(5n)]);
    const first = peg.block(peg.govern(1, motion));
    expect(first.events).to.deep.equal([
      {
        type: 'govern',
        attributes: { motion: motionId(motion), validator: peg.v(1).address, support: '1', voters: '1', power: '1' },
      },
    ]);
    expect(peg.motionRecord(motion)).to.deep.include({
      conf: 1,
      power: 1,
      starter: peg.v(1).address,
      openedAt: 1,
      decision: null,
    });
    peg.block(peg.govern(2, motion));
    peg.block(peg.govern(1, motion, false));
    expect(peg.block(peg.govern(3, motion)).codes, 'two of four').to.deep.equal(['ok']);
    expect(peg.motionRecord(motion)).to.deep.include({ voters: [peg.v(2).address, peg.v(3).address], decision: null });
    expect(peg.block(peg.govern(1, motion, true, 1)).codes, 'what it said first, again').to.deep.equal(['GOVERN_SEQUENCE']);
    const last = peg.block(peg.govern(4, motion), peg.govern(1, motion));
    expect(last.codes, 'the decision falls after the last transaction').to.deep.equal(['ok', 'ok']);
    expect(last.events.at(-1)).to.deep.equal({
      type: 'motion',
      attributes: { motion: motionId(motion), outcome: 'passed', changes: '1' },
    });
    expect(peg.motionRecord(motion)?.decision).to.deep.equal({
      height: Number(peg.height),
      outcome: 'passed',
      code: 0,
      reason: null,
    });
  });

  it('taken back by the last one drop the motion', () => {
    const peg = new ScriptedPeg();
    const motion = peg.motion([limit(5n)]);
    const before = peg.substance() as { motions: unknown };
    peg.block(peg.govern(1, motion));
    peg.block(peg.govern(1, motion, false));
    expect((peg.substance() as { motions: unknown }).motions).to.deep.equal(before.motions);
  });
});

describe('governance: time', () => {
  it('ends at the expiry: that block may still decide, the next one forgets', () => {
    for (const late of [false, true]) {
      const peg = new ScriptedPeg();
      const motion = peg.motion([limit(5n)], 3);
      peg.block(peg.govern(1, motion));
      peg.block(peg.govern(2, motion));
      const { events } = late ? peg.block(new Uint8Array(1)) : peg.block(peg.govern(3, motion));
      expect(events.at(-1)?.attributes.outcome).to.equal(late ? 'expired' : 'passed');
      expect(peg.motionRecord(motion), 'what has expired is dropped, decided or not').to.equal(undefined);
      expect(peg.view().consensusParams.periodLimit).to.equal(late ? 1000 : 5);
      expect(peg.block(peg.govern(4, motion)).codes).to.deep.equal(['MOTION_EXPIRED']);
    }
  });

  it('lies at most 1,000,000 blocks ahead', () => {
    for (const [life, code] of [
      [1_000_000n, 'ok'],
      [1_000_001n, 'MOTION_DISTANT'],
    ] as const) {
      const peg = new ScriptedPeg();
      expect(peg.block(peg.govern(1, { expiry: peg.height + 1n + life, changes: [limit(5n)] })).codes).to.deep.equal([code]);
    }
  });

  it('passes over blocks without transactions: they drop nothing, and what has expired counts for nothing', () => {
    const peg = new ScriptedPeg();
    for (const value of [1n, 2n, 3n, 4n]) peg.block(peg.govern(1, { expiry: 5n, changes: [limit(value)] }));
    while (peg.height < 8n) expect(peg.block().changes).to.equal(0);
    expect(Object.keys(peg.view().motions)).to.have.length(4);
    const twin = peg.twin();
    expect(twin.block(peg.govern(1, twin.motion([limit(5n)]))).codes, 'none of the four is open').to.deep.equal(['ok']);
    expect(Object.keys(twin.view().motions)).to.have.length(1);
    expect(peg.block(peg.govern(2, { expiry: 5n, changes: [limit(1n)] })).codes).to.deep.equal(['MOTION_EXPIRED']);
    expect(peg.view().motions).to.deep.equal({});
  });

  it('lets nobody open a decided motion again before it expires', () => {
    const peg = new ScriptedPeg();
    const motion = peg.motion([limit(5n)], 20);
    peg.block(...[1, 2, 3].map((number) => peg.govern(number, motion)));
    const back = peg.motion([limit(1000n)], 20);
    peg.block(...[1, 2, 3].map((number) => peg.govern(number, back)));
    expect(peg.view().consensusParams.periodLimit).to.equal(1000);
    while (peg.height < motion.expiry - 1n) expect(peg.block(peg.govern(4, motion)).codes).to.deep.equal(['MOTION_DECIDED']);
    peg.block(new Uint8Array(1));
    expect(peg.motionRecord(motion)).to.equal(undefined);
  });
});

describe('governance: mempool and proposals', () => {
  it('lets one voice of a validator wait and judges it as the next block would', () => {
    const peg = new ScriptedPeg();
    const motion = peg.motion([limit(5n)]);
    const check = new TransactionCheck(peg.state, peg.domain, peg.height);
    expect(codeName(check.check(peg.govern(1, { expiry: 0n, changes: [] })))).to.equal('MOTION_EXPIRED');
    expect(codeName(check.check(peg.govern(1, motion)))).to.equal('ok');
    expect(codeName(check.check(peg.govern(1, peg.motion([limit(6n)]), true, 2)))).to.equal('MEMPOOL_VOICE_WAITS');
    expect(codeName(check.check(peg.govern(2, motion)))).to.equal('ok');
  });

  it('proposes voices last, in a share of their own', () => {
    const peg = new ScriptedPeg();
    const voice = peg.govern(1, peg.motion([limit(5n)]));
    const rebalance = peg.rebalance(1, 1, 100, 110, '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347');
    const block = { height: peg.height + 1n, proposer: peg.v(1).address, transactions: 2 };
    expect(arrangeProposal(peg.state, block, peg.domain, [voice, rebalance], 10_000)).to.deep.equal([rebalance, voice]);
    expect(arrangeProposal(peg.state, block, peg.domain, [voice, peg.govern(2, peg.motion([]))], 10_000)).to.deep.equal([voice]);
  });
});
