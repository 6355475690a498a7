import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { CODES } from '../../relayer/peg/codes.ts';

describe('codes', () => {
  it('are unique within their codespace and none is 0', () => {
    const all = Object.values(CODES).map(({ code, codespace }) => `${codespace}/${code}`);
    expect(new Set(all).size).to.equal(all.length);
    expect(Object.values(CODES).every(({ code }) => code > 0)).to.equal(true);
  });

  it('stand in docs/protocol.md one by one', () => {
    const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
    for (const [name, { code, codespace, doc }] of Object.entries(CODES)) {
      expect(text).to.include(`| ${codespace} | ${code} | \`${name}\` | ${doc} |`);
    }
  });
});
