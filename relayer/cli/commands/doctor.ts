import process from 'node:process';
import type { Finding, Severity } from '../../node/doctor/finding.ts';
import type { CommandDefinition } from '../command.ts';
import { homeFlag, jsonFlag } from '../flags.ts';
import { show } from '../node-access.ts';

const MARK: Readonly<Record<Severity, string>> = { ok: 'ok      ', warning: 'WARNING ', problem: 'PROBLEM ' };

/** `peg doctor`: what is wrong with a node, and what to do about it. Exit code 1 when there is a problem. */
export const doctor: CommandDefinition = {
  usage: 'doctor',
  summary: 'examine a node: config, keys, disk, clock, programs, ports, latch, and every endpoint of Ethereum',
  options: [homeFlag(), jsonFlag()],
  example: 'peg doctor --home ~/.peg',
  async run(_args, flags, terminal) {
    const [{ examine }, { loadConfig }, { locateCometBft }, { systemClock }, { CodedError }] = await Promise.all([
      import('../../node/doctor/examine.ts'),
      import('../../node/load-config.ts'),
      import('../locate-cometbft.ts'),
      import('../../lib/clock.ts'),
      import('../../lib/errors.ts'),
    ]);
    const findings = await examine({
      clock: systemClock,
      signal: terminal.signal,
      loadConfig: () => loadConfig({ flags: { home: flags.home }, env: terminal.env }),
      locateCometBft: (wanted) => locateCometBft(wanted, terminal.env),
      nodeVersion: process.versions.node,
    });
    show(flags, terminal, findings, findings.flatMap(findingLines));
    const problems = findings.filter(({ severity }) => severity === 'problem');
    if (problems.length > 0)
      throw new CodedError(
        'PROBLEMS_FOUND',
        `${problems.length} problem${problems.length === 1 ? '' : 's'} found: ${problems.map(({ code }) => code).join(', ')}`,
      );
  },
};

function findingLines({ severity, code, subject, message, advice }: Finding): readonly string[] {
  const head = `${MARK[severity]} ${subject}: ${message}${code === undefined ? '' : `  [${code}]`}`;
  return advice === undefined ? [head] : [head, `         → ${advice}`];
}
