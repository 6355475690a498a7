// Every fault of an endpoint on one of three, two of three, and the only one, while stakes flow: no wrong vote ever, work goes
// on where it can, otherwise a reason is shown, and all is caught up when the fault ends. PEG_LONG=1 runs every cell.

import { join } from 'node:path';
import { expect } from 'chai';
import { fileLatch } from '../../relayer/witness/latch.ts';
import { type Anvil, startAnvil } from '../helpers/anvil.ts';
import { eventually } from '../helpers/eventually.ts';
import { ENDPOINT_FAULTS, type EndpointFault } from '../helpers/lying-endpoint.ts';
import { FaultBench, quantile, X } from './fault-bench.ts';

const SEED = Number(process.env.PEG_TEST_SEED ?? 20_266);
const LONG = process.env.PEG_LONG !== undefined;
const VALIDATORS = LONG ? 4 : 2;
/** How long a cell waits for work to go on before it is held to have stopped. */
const PATIENCE_MS = LONG ? 15_000 : 8_000;

/** Blocks with stakes, at most, until a spoilt endpoint was asked. */
const MOST_STAKES = 20;

/** Where the short form looks: one fault of each sort. */
const SHORT: readonly EndpointFault[] = [
  'answers half of the logs',
  'hangs without closing',
  'is on another fork',
  'has a stale head',
];

interface Cell {
  readonly fault: string;
  readonly place: string;
  readonly spoilt: number;
  readonly votes: number;
  readonly wrong: number;
  readonly p50: number;
  readonly p99: number;
  readonly wentOn: boolean;
  readonly shown: string;
}

const TABLE: Cell[] = [];

/**
 * The forks that each liar is on. Beside honest endpoints each is on one of its own, cut off at the head; an only endpoint that
 * goes over to such a fork cannot be told from a reorganisation, so its fork leaves the chain below what is final.
 */
async function startForks(bench: FaultBench, liars: number): Promise<readonly Anvil[]> {
  const below = bench.endpoints.length === 1 ? (await bench.mature()) - 1n : (await bench.chain.head()).number;
  const forks: Anvil[] = [];
  for (let i = 0; i < liars; i++) {
    const fork = await startAnvil('--fork-url', bench.anvil.url, '--fork-block-number', `${below}`);
    forks.push(fork);
    await fork.rpc('evm_increaseTime', 100 + i);
    for (let block = 0; block < 4 * X; block++) await fork.rpc('evm_mine');
  }
  return forks;
}

/** One cell: the fault begins, stakes and blocks come, the fault ends. */
async function runCell(bench: FaultBench, fault: EndpointFault | undefined, liars: number, account: number): Promise<Cell> {
  const chosen = bench.endpoints.slice(0, liars);
  const spoilt = () => chosen.reduce((sum, endpoint) => sum + endpoint.spoilt, 0);
  const [spoiltBefore, linesBefore] = [spoilt(), bench.log.lines.length];
  const faultsBefore = await bench.metric('peg_ethereum_endpoint_errors_total');
  const forks = fault === 'is on another fork' ? await startForks(bench, liars) : [];
  try {
    for (const [index, endpoint] of chosen.entries()) if (fault !== undefined) await endpoint.misbehave(fault, forks[index]?.url);
    const from = await bench.mature();
    let wentOn = await stakeUntilFinal(bench, account);
    // Who erred a moment ago, in another cell, is asked less at first: stakes go on until it has been asked.
    for (let i = 0; fault !== undefined && spoilt() === spoiltBefore && i < MOST_STAKES; i++)
      wentOn = (await stakeUntilFinal(bench, account)) && wentOn;
    const shown = await reasons(bench, linesBefore, faultsBefore);
    const during = await bench.votes();
    for (const endpoint of chosen) endpoint.heal();
    // Until the main chain has overtaken what a fork showed, and every endpoint is trusted again.
    await bench.mine(4 * X);
    await bench.recovered();
    const latched = await openLatches(bench);
    await bench.settled();
    const votes = [...during, ...(await bench.votes())];
    const delays = bench.delays(during.filter(({ block }) => block > from));
    return {
      fault: fault ?? 'no fault',
      place: liars === 0 ? 'none' : `${liars} of ${bench.endpoints.length}`,
      spoilt: spoilt() - spoiltBefore,
      votes: votes.length,
      wrong: (await bench.wrong(votes)).length,
      p50: quantile(delays, 0.5),
      p99: quantile(delays, 0.99),
      wentOn,
      shown: latched ? `${shown} (latch)` : shown,
    };
  } finally {
    for (const endpoint of chosen) endpoint.heal();
    for (const fork of forks) await fork.close();
  }
}

/** Two stakes in one block. False when they are not final in time. */
async function stakeUntilFinal(bench: FaultBench, account: number): Promise<boolean> {
  await bench.chain.inOneBlock(async () => {
    await bench.chain.stake(account, 10n);
    await bench.chain.stake(account, 7n);
  });
  const { number: staked } = await bench.chain.head();
  await bench.mine(X + 2);
  return eventually('finality', async () => (await bench.mature()) >= staked, { deadlineMs: PATIENCE_MS }).then(
    () => true,
    () => false,
  );
}

/** What the operator does once the endpoint is mended: looks at closed latches, and opens them. True when there were any. */
async function openLatches(bench: FaultBench): Promise<boolean> {
  const evidence = await Promise.all(
    bench.devnet.validators.all.map(({ name }) => fileLatch(join(bench.home, name, 'latch.json')).reopen()),
  );
  return evidence.some((file) => file !== undefined);
}

/** What an operator is told: silence, states and new faults of endpoints, heads that stand still, warnings. */
async function reasons(bench: FaultBench, linesBefore: number, faultsBefore: ReadonlyMap<string, number>): Promise<string> {
  const label = (text: string) => /(?:reason|state|code)="([^"]*)"/.exec(text)?.[1] ?? '';
  const silence = [...(await bench.metric('peg_witness_silence')).keys()].map(label);
  const states = [...(await bench.metric('peg_ethereum_endpoint_state')).keys()].map(label).filter((state) => state !== 'alive');
  const ages = [...(await bench.metric('peg_ethereum_endpoint_head_age_seconds')).values()];
  const old = ages.some((seconds) => seconds * 1_000 > PATIENCE_MS / 2) ? ['old-head'] : [];
  const faults = [...(await bench.metric('peg_ethereum_endpoint_errors_total'))]
    .filter(([labels, count]) => count > (faultsBefore.get(labels) ?? 0))
    .map(([labels]) => label(labels));
  const codes = bench.log.lines
    .slice(linesBefore)
    .flatMap(({ level, fields }) => (level === 'warn' || level === 'error' ? [String(fields.code ?? fields.reason ?? '')] : []));
  return [...new Set([...silence, ...states, ...old, ...faults, ...codes])].filter((text) => text !== '').join(' ');
}

function print(): void {
  const rows = TABLE.map((cell) => [
    cell.fault,
    cell.place,
    `${cell.spoilt}`,
    `${cell.votes}`,
    `${cell.wrong}`,
    Number.isNaN(cell.p50) ? '–' : `${cell.p50}`,
    Number.isNaN(cell.p99) ? '–' : `${cell.p99}`,
    cell.wentOn ? 'yes' : 'no',
    cell.shown,
  ]);
  const head = ['fault', 'on', 'spoilt', 'votes', 'wrong', 'p50 ms', 'p99 ms', 'went on', 'shown'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of [head, ...rows])
    console.log(
      `      ${row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
    );
}

describe(`faults of Ethereum's endpoints (seed ${SEED})`, function () {
  this.timeout(LONG ? 600_000 : 240_000);
  after(print);

  for (const [endpoints, liars] of [
    [3, 1],
    [3, 2],
    [1, 1],
  ] as const)
    describe(liars === endpoints ? 'the only endpoint' : `${liars} of ${endpoints}`, () => {
      let bench: FaultBench;
      let account = 0;
      before(async () => {
        bench = await FaultBench.start(endpoints, liars, VALIDATORS, SEED);
        if (endpoints === 3) TABLE.push(await runCell(bench, undefined, 0, 1));
      });
      after(() => bench.close());

      for (const fault of ENDPOINT_FAULTS.filter((name) => LONG || (liars < 2 && endpoints === 3) || SHORT.includes(name)))
        it(`that ${liars === endpoints ? '' : 'each '}${fault}`, async () => {
          account = (account + 1) % 5;
          const cell = await runCell(bench, fault, liars, account);
          TABLE.push(cell);
          expect(cell.wrong, 'wrong votes').to.equal(0);
          expect(cell.votes, 'votes').to.be.greaterThan(0);
          expect(cell.spoilt, 'dishonest answers').to.be.greaterThan(0);
          expect(cell.shown, 'a reason shown').not.to.equal('');
          if (liars === 1 && endpoints === 3)
            expect(cell.wentOn, `went on beside two honest ones (${cell.shown})`).to.equal(true);
          // Throws unless accumulator and balances are the contract's at the final block.
          await bench.devnet.result();
        });
    });
});
