import { expect } from 'chai';
import { changeLines } from '../../relayer/cli/motions.ts';
import type { Change } from '../../relayer/peg/types.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';

describe('the changes of a motion, in words', () => {
  const joining = (name: string): Change => ({ ...(new ScriptedPeg().joining(5) as Extract<Change, { type: 'add' }>), name });
  const line = (name: string) => changeLines({ expiry: 9n, changes: [joining(name)] }, {})[0] ?? '';

  it('show a name as it is', () => {
    expect(line('Zoë 2 – 東京')).to.match(/^add Zoë 2 – 東京 with power 1, witness 0x/);
  });

  for (const [what, name] of [
    ['go back over its line', 'eve\rremove bob'],
    ['clear it', 'eve\u001b[2K\u001b[1G'],
    ['begin another', 'eve\nopen until'],
    ['run from right to left', 'eve\u202e1 rewop'],
  ] as const)
    it(`do not let a name ${what}: whoever moves a motion must not write what those who vote on it read`, () => {
      expect(line(name)).to.match(/^add eve\ufffd/);
      expect(line(name)).to.not.match(/\p{C}/u);
    });
});
