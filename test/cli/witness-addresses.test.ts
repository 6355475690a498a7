// Changes from flags: a witness whose address was copied wrong would leave a validator without a voice.

import { expect } from 'chai';
import { changesOf } from '../../relayer/cli/motions.ts';
import { hasCode } from '../../relayer/lib/errors.ts';

const CHECKED = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const LOWER = CHECKED.toLowerCase();
const KEY = 'ab'.repeat(32);

describe('the address of a witness on the command line', () => {
  const validator = `0x${'11'.repeat(20)}` as const;
  const validators = { [validator]: { name: 'bob', power: 1, active: true, witness: validator, governSequence: 0 } };
  const moved = (witness: string) => changesOf({ witness: [`bob=${witness}`], add: [`${KEY},1,${witness},eve`] }, validators);

  it('is taken in one case, and in both with the checksum of EIP-55', () => {
    for (const text of [LOWER, `0x${LOWER.slice(2).toUpperCase()}`, CHECKED])
      for (const change of moved(text)) expect(change).to.include({ witness: LOWER });
  });

  it('is refused with another checksum', () => {
    const wrong = CHECKED.replace('aAeb', 'aaEb');
    for (const flags of [{ witness: [`bob=${wrong}`] }, { add: [`${KEY},1,${wrong},eve`] }]) {
      let refusal: unknown;
      try {
        changesOf(flags, validators);
      } catch (error) {
        refusal = error;
      }
      expect(hasCode(refusal, 'USAGE') && refusal.message).to.match(/checksum/);
    }
  });
});
