import { Option } from 'commander';
import { CodedError } from '../../lib/errors.ts';
import type { CommandDefinition } from '../command.ts';
import type { CliErrorCode } from '../exit-codes.ts';
import { homeFlag, jsonFlag } from '../flags.ts';
import { show } from '../node-access.ts';

/** `peg latch reset`: lets the witness of a home vote again. A running node takes it up at its next step. */
export const latchReset: CommandDefinition = {
  usage: 'latch reset',
  summary: 'open the finality latch again, after you have looked at the evidence; it is kept in a file beside it',
  options: [homeFlag(), new Option('--yes', 'do not ask'), jsonFlag()],
  example: 'peg latch reset --home ~/.peg',
  async run(_args, flags, terminal) {
    const { latchLines, openLatch } = await import('../latch-file.ts');
    const { latch, path } = openLatch(flags);
    const record = await latch.read();
    if (record === undefined) {
      show(flags, terminal, { wasClosed: false, evidence: null }, ['the finality latch is open: there is nothing to reset']);
      return;
    }
    for (const line of latchLines(record)) terminal.err(line);
    if (flags.yes !== true) {
      const { confirm } = await import('../confirm.ts');
      const question = 'The witness will vote again on what its Ethereum shows now. Type "reset" to open the latch: ';
      if (!(await confirm(question, 'reset', terminal))) throw new CodedError<CliErrorCode>('USAGE', `${path} was left as it is`);
    }
    const evidence = await latch.reopen();
    show(flags, terminal, { wasClosed: true, evidence }, [`the finality latch is open again; the evidence is in ${evidence}`]);
  },
};
