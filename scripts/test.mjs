// Runs the project's suites, two at a time, and ends with one line `N passed, N failed`.
//
//   npm test                  all suites
//   npm test -- peg engine    the suites with these names
//   npm test -- --list        their names and commands
//   npm test -- --cometbft-version v0.40.0 e2e conformance
//                             with another version of the engine; PEG_COMETBFT_VERSION says the same
//   npm run test:long         the long forms: tests that have one look at PEG_LONG=1
//
// Suites marked with "cometbft" or "geth" need these programs, which are installed first; where that is not possible they list
// tests as not run.
// A suite is a program; mocha's and Hardhat's "N passing / N failing / N pending" are counted, any other program counts as
// one test that passes when it exits 0. A suite that exits non-zero fails whatever it printed.

import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs, stripVTControlCharacters } from 'node:util';

const MOCHA = 'mocha --forbid-only';
/** Of a failed program that is not mocha, so many lines are repeated. */
const LAST_LINES = 40;
const SUITES = JSON.parse(readFileSync(new URL('./suites.json', import.meta.url), 'utf8'));

/** Passed, failed and not-run counts of a suite's output. */
function count(output, exitCode) {
  const sum = (word) =>
    [...output.matchAll(new RegExp(`^\\s*(\\d+) ${word}`, 'gm'))].reduce((all, match) => all + Number(match[1]), 0);
  const counts = { passed: sum('passing'), failed: sum('failing'), pending: sum('pending') };
  if (counts.passed + counts.failed === 0) counts[exitCode === 0 ? 'passed' : 'failed'] = 1;
  else if (exitCode !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function run(suite) {
  return new Promise((resolve) => {
    const startedAt = Date.now();
    let output = '';
    const command = suite.mocha ? `${MOCHA} ${suite.mocha}` : suite.command;
    const child = spawn(command, {
      shell: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: process.env,
    });
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      output += data;
    });
    child.on('close', (exitCode) => {
      const text = stripVTControlCharacters(output);
      resolve({ suite, exitCode, text, seconds: (Date.now() - startedAt) / 1000, ...count(text, exitCode) });
    });
  });
}

function report({ suite, text, exitCode, seconds, passed, failed, pending }) {
  console.log(`\n── ${suite.name} (${seconds.toFixed(1)} s) ${'─'.repeat(Math.max(0, 60 - suite.name.length))}`);
  console.log(text.trimEnd());
  console.log(
    `${suite.name}: ${passed} ok, ${failed} not ok${pending > 0 ? `, ${pending} not run` : ''}${exitCode === 0 ? '' : ` (exit ${exitCode})`}`,
  );
}

/** What mocha says of each failure, of another program its last lines: said again at the end, where it is looked for. */
function failuresIn(text) {
  const [, ...failures] = text.split(/^\s*\d+ failing$/m);
  return (failures.length > 0 ? failures.join('\n') : text.split('\n').slice(-LAST_LINES).join('\n')).trimEnd();
}

function install(installer, ...args) {
  const path = fileURLToPath(new URL(installer, import.meta.url));
  spawnSync(process.execPath, [path, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

function readArguments() {
  try {
    return parseArgs({
      options: { list: { type: 'boolean' }, 'cometbft-version': { type: 'string' } },
      allowPositionals: true,
    });
  } catch (error) {
    console.error(error.message);
    return process.exit(2);
  }
}

const { values: flags, positionals: words } = readArguments();
if (flags['cometbft-version'] !== undefined) process.env.PEG_COMETBFT_VERSION = flags['cometbft-version'];
const chosen = SUITES.filter((suite) => words.length === 0 || words.includes(suite.name));
const unknown = words.filter((word) => !SUITES.some((suite) => suite.name === word));
if (flags.list || unknown.length > 0) {
  if (unknown.length > 0) console.error(`no suite is called ${unknown.join(', ')}; there are:`);
  for (const suite of SUITES) console.log(`${suite.name.padEnd(14)} ${suite.mocha ? `${MOCHA} ${suite.mocha}` : suite.command}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

const version = process.env.PEG_COMETBFT_VERSION;
if (chosen.some(({ cometbft }) => cometbft)) install('./install-cometbft.mjs', '--tools', ...(version ? [version] : []));
if (chosen.some(({ geth }) => geth)) install('./install-geth.mjs');
const startedAt = Date.now();
const waiting = [...chosen];
const results = [];
const worker = async () => {
  for (let suite = waiting.shift(); suite; suite = waiting.shift()) {
    const result = await run(suite);
    results.push(result);
    report(result);
  }
};
await Promise.all([worker(), worker()]);

console.log('\nsuite            passed  failed  not run  seconds');
for (const { suite, passed, failed, pending, seconds } of results) {
  console.log(
    `${suite.name.padEnd(16)} ${String(passed).padStart(6)} ${String(failed).padStart(7)} ${String(pending).padStart(8)} ${seconds.toFixed(1).padStart(8)}`,
  );
}
for (const { suite, text } of results.filter(({ failed, exitCode }) => failed > 0 || exitCode !== 0))
  console.log(`\n── what failed in ${suite.name} ──\n${failuresIn(text)}`);
const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
if (process.env.CI === 'true' && total('pending') > 0)
  console.log('a test that this machine can run was not run: that is a failure in CI');
const failed = total('failed') + (process.env.CI === 'true' ? total('pending') : 0);
console.log(`all suites took ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
console.log(`${total('passed')} passed, ${failed} failed`);
process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
