// Every check that reads the tree and runs nothing: one line a check, exit 1 when one of them fails.
// `node scripts/lint.mjs NAME…` runs only the checks with these names.

import { spawnSync } from 'node:child_process';
import process from 'node:process';

const CHECKS = {
  biome: 'biome check --error-on-warnings .',
  types: 'tsc -p .',
  page: 'tsc -p dashboard',
  lock: 'node scripts/complete-lock.mjs --check',
  solhint: "solhint --disc --noPoster --max-warnings 0 'contracts/**/*.sol' 'test/contracts/**/*.sol'",
  prettier: "prettier --check 'contracts/**/*.sol' 'test/contracts/**/*.sol'",
  unused: 'knip',
};

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(CHECKS);
let passing = 0;
let failing = 0;
for (const name of names) {
  const startedAt = Date.now();
  const { status, stdout, stderr } = spawnSync(CHECKS[name] ?? `echo no check is called ${name}; false`, {
    shell: true,
    encoding: 'utf8',
  });
  console.log(`${status === 0 ? 'ok    ' : 'not ok'} ${name.padEnd(10)} ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  if (status === 0) passing++;
  else {
    failing++;
    console.log(`${stdout}${stderr}`.trimEnd());
  }
}
console.log(`\n  ${passing} passing${failing > 0 ? `\n  ${failing} failing` : ''}`);
process.exitCode = failing === 0 ? 0 : 1;
