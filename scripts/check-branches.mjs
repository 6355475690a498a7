// Fails unless the tests take at least 95 % of the branches of each room with rules. The tests run on Node's own type
// stripping: a transpiler in between adds branches that nobody wrote.

import { spawnSync } from 'node:child_process';
import process from 'node:process';

const LEAST_PERCENT = 95;
const ROOMS = {
  peg: ['peg', 'vectors'],
  ethereum: ['ethereum'],
  witness: ['witness'],
  engine: ['engine', 'conformance'],
};

let failing = 0;
for (const [room, suites] of Object.entries(ROOMS)) {
  const tests = suites.map((suite) => `test/${suite}/**/*.test.ts`);
  const limits = ['--check-coverage', '--branches', `${LEAST_PERCENT}`, '--lines', '0', '--functions', '0', '--statements', '0'];
  const mocha = ['node', 'node_modules/mocha/bin/mocha.js', '--no-config', '--exit', '--timeout', '300000', '--reporter', 'dot'];
  const args = [...limits, '--reporter', 'text-summary', '--include', `relayer/${room}/**`, ...mocha, ...tests];
  const { status, stdout, stderr } = spawnSync('c8', args, { encoding: 'utf8' });
  const branches = /Branches\s*:\s*(.*)/.exec(stdout)?.[1] ?? 'not measured';
  console.log(`${status === 0 ? 'ok    ' : 'not ok'} ${room.padEnd(10)} branches ${branches}`);
  if (status === 0) continue;
  failing++;
  console.log(`${stdout}${stderr}`.split('\n').slice(-30).join('\n'));
}
process.exitCode = failing === 0 ? 0 : 1;
