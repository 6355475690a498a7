// Endpoints of Ethereum on the command line: all that are named are asked, the devnet's only when none is.

import { expect } from 'chai';
import { Command } from 'commander';
import { DEFAULT_ETHEREUM, ethereumUrlsFlag } from '../../relayer/cli/flags.ts';

describe('--ethereum', () => {
  const read = (...words: string[]) => new Command().addOption(ethereumUrlsFlag()).parse(words, { from: 'user' }).opts().ethereum;

  it("is the devnet's when none is named", () => {
    expect(read()).to.deep.equal([DEFAULT_ETHEREUM]);
  });

  it('is all that are named, in one flag or several, the devnet’s among them', () => {
    const other = 'http://127.0.0.1:8545';
    expect(read('--ethereum', other)).to.deep.equal([other]);
    expect(read('--ethereum', other, DEFAULT_ETHEREUM)).to.deep.equal([other, DEFAULT_ETHEREUM]);
    expect(read('--ethereum', `${DEFAULT_ETHEREUM}/`, other)).to.deep.equal([DEFAULT_ETHEREUM, other]);
    expect(read('--ethereum', DEFAULT_ETHEREUM, '--ethereum', other)).to.deep.equal([DEFAULT_ETHEREUM, other]);
  });
});
