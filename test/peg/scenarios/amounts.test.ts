// Scenarios of the protocol's section 11 about amounts: exact where they are amounts, refused where they are not.

import { expect } from 'chai';
import { encodeRlp } from 'ethers';
import { hex } from '../../../relayer/lib/bytes.ts';
import { settle } from '../../helpers/honest-validators.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, remove, StakingHistory } from '../../helpers/staking-history.ts';

describe('scenarios: amounts of 2²⁵⁵ + 2²⁵⁴; −1, 2²⁵⁶, "005", "0x" as text', () => {
  it('2²⁵⁵ + 2²⁵⁴ is exact', () => {
    const huge = 2n ** 255n + 2n ** 254n;
    const history = new StakingHistory(100n)
      .mine(102, add('A', huge), add('B', 1n))
      .mine(104, remove('A', huge - 1n), add('A', huge))
      .mine(106, remove('A', 2n));
    const peg = new ScriptedPeg();
    settle(peg, history, 110);
    expect(peg.balance('A')).to.equal(huge - 1n);
    expect(peg.balance('B')).to.equal(1n);
    expect(Object.values(peg.view().limits).map(({ orderLimit }) => orderLimit)).to.have.members([999, 0]);
  });

  it('−1, 2²⁵⁶, "005", "0x" as text are refused cleanly', () => {
    const peg = new ScriptedPeg();
    settle(peg, new StakingHistory(100n), 104);
    const before = peg.substance();
    const signature = `0x${'11'.repeat(64)}1b`;
    const who = `0x${'22'.repeat(20)}`;
    const amounts = { '−1': `0x${'ff'.repeat(33)}`, '2²⁵⁶': `0x01${'00'.repeat(32)}`, '005': '0x000035', zero: '0x00' };
    for (const [name, amount] of Object.entries(amounts)) {
      const bytes = hex(encodeRlp(['0x02', '0x69', '0x', `0x${'00'.repeat(32)}`, [['0x', who, amount]], signature]));
      expect(peg.block(bytes).codes, name).to.deep.equal(['TX_MALFORMED']);
    }
    expect(peg.substance()).to.deep.equal(before);
    for (const text of ['-1', String(2n ** 256n), '005', '0x', '', '1.5', '1e3', ' 1', '٣']) {
      const snapshot = { nonce: '5', accumulator: `0x${'55'.repeat(32)}` as const, balances: { [who]: text } };
      expect(() => new ScriptedPeg({ snapshot }), text)
        .to.throw()
        .with.property('code', 'GENESIS_INVALID');
    }
  });
});
