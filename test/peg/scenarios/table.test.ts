// The table of docs/testing.md keeps its word: each row that names a file of scenarios has a test of that title in it, and
// every file or folder that it names is there.

import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

const ROOT = new URL('../../../', import.meta.url);
const text = readFileSync(new URL('docs/testing.md', ROOT), 'utf8');
const [, table = ''] = /^## The protocol's scenarios, row by row$(.+?)^## /ms.exec(text) ?? [];
const rows = [...table.matchAll(/^\| (?!do \||---)(.+?) \| (.+) \|$/gm)].map(([, title, tests]) => ({
  title: title ?? '',
  tests: tests ?? '',
}));

describe('scenarios: table', () => {
  it('has the rows of the protocol', () => expect(rows).to.have.length(34));

  for (const { title, tests } of rows) {
    it(`says where to find: ${title}`, () => {
      const paths = [...tests.matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? '');
      for (const path of paths) {
        const full = path.includes('/') ? path : `test/peg/scenarios/${path}`;
        expect(existsSync(new URL(full, ROOT)), full).to.equal(true);
      }
      const scenarios = paths.filter((path) => !path.includes('/'));
      const found = scenarios.some((path) => readFileSync(new URL(`test/peg/scenarios/${path}`, ROOT), 'utf8').includes(title));
      expect(scenarios.length === 0 || found, 'a test has this title').to.equal(true);
    });
  }
});
