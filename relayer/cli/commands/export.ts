import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { homeFlag, jsonFlag } from '../flags.ts';
import { show } from '../node-access.ts';

/** `peg export`: the last state of a home as a file. */
export const exportCommand: CommandDefinition = {
  usage: 'export',
  summary: 'write the state of a stopped node to a file',
  options: [homeFlag(), new Option('--output <file>', 'the file, which must not exist').makeOptionMandatory(), jsonFlag()],
  example: 'peg export --home ~/.peg --output state.peg',
  async run(_args, flags, terminal) {
    const [{ exportState }, { homeConfig }, { stateDocument, stateLines }, { progressLine }] = await Promise.all([
      import('../../node/exchange-state.ts'),
      import('../key-commands.ts'),
      import('../exchanged-state.ts'),
      import('../progress-line.ts'),
    ]);
    const file = flags.output as string;
    const state = await exportState(await homeConfig(flags, terminal), file, {
      signal: terminal.signal,
      onProgress: progressLine('export', 'entries', terminal),
    });
    show(flags, terminal, stateDocument(state), stateLines(state));
  },
};
