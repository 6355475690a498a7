// Runs the contracts' TypeScript tests with coverage and fails unless every contract, the awkward tokens included, has all its
// lines and statements covered. The gas tests are left out: coverage puts calls of its own between the instructions.
//   node scripts/check-coverage.mjs

import { spawn } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';

const HARDHAT = path.resolve(import.meta.dirname, '../node_modules/hardhat/dist/src/cli.js');
const ARGUMENTS = ['test', 'mocha', '--coverage', '--grep-exclude', '^gas '];
const ROW = /^║ (contracts\/\S+)\s+│ ([\d.]+)\s+│ ([\d.]+)\s+│ (.*?)\s*║$/;
const MUST_APPEAR = 'contracts/MakerStaking.sol';

const child = spawn(process.execPath, [HARDHAT, ...ARGUMENTS], { stdio: ['ignore', 'pipe', 'inherit'] });
let output = '';
child.stdout.on('data', (data) => {
  output += data;
  process.stdout.write(data);
});
const exitCode = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));

const rows = output.split('\n').flatMap((line) => {
  const match = ROW.exec(line);
  return match === null ? [] : [{ file: match[1], lines: match[2], statements: match[3], uncovered: match[4] }];
});
const short = rows.filter(({ lines, statements }) => lines !== '100.00' || statements !== '100.00');
for (const { file, lines, statements, uncovered } of short) {
  console.error(`${file}: ${lines} % of lines, ${statements} % of statements; not covered: ${uncovered}`);
}
const seen = rows.some(({ file }) => file === MUST_APPEAR);
if (!seen) console.error(`the report does not mention ${MUST_APPEAR}`);
process.exitCode = exitCode === 0 && seen && short.length === 0 ? 0 : 1;
