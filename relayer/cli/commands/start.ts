import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { jsonFlag } from '../flags.ts';

/** `peg start`: the node of a home, until it is told to stop. */
export const start: CommandDefinition = {
  usage: 'start',
  summary: 'run the node of a home: a validator or, without a witness key, a full node',
  options: [
    jsonFlag(),
    new Option('--no-dashboard', 'serve no dashboard'),
    new Option('--call-log <file>', 'append every call of the engine to this file, one JSON line each'),
    new Option('--until-input-ends', 'stop when standard input ends: for a program that starts nodes, so that none outlives it'),
  ],
  // From the schema of the config, which takes longer to load than --help may take in all.
  moreOptions: async () => (await import('../config-flags.ts')).configFlags(),
  example: 'peg start --home ~/.peg --ethereum-urls https://eth.example --log-level warn',
  async run(_args, flags, terminal) {
    const { runHome } = await import('../run-home.ts');
    await runHome(flags, terminal);
  },
};
