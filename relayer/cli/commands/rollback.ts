import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { homeFlag, jsonFlag } from '../flags.ts';
import { show } from '../node-access.ts';

/** `peg rollback`: engine and application of a home, back one height. */
export const rollback: CommandDefinition = {
  usage: 'rollback',
  summary: 'take a stopped node back one height, engine and application together',
  options: [
    homeFlag(),
    new Option('--remove-block', 'the engine also forgets its last block; otherwise the next start executes it again'),
    jsonFlag(),
  ],
  example: 'peg rollback --home ~/.peg',
  async run(_args, flags, terminal) {
    const [{ rollBackHome }, { homeConfig }, { locateCometBft }, { openLog }] = await Promise.all([
      import('../../node/roll-back-home.ts'),
      import('../key-commands.ts'),
      import('../locate-cometbft.ts'),
      import('../../node/pino-log.ts'),
    ]);
    const config = await homeConfig(flags, terminal);
    const binary = await locateCometBft({ path: config.cometbft, version: config.cometbftVersion }, terminal.env);
    const options = { binary, removeBlock: flags.removeBlock === true, log: openLog(config.log.level) };
    const { from, to, appHash } = await rollBackHome(config, options);
    show(flags, terminal, { from: Number(from), to: Number(to), appHash }, [
      from > to
        ? `went back from height ${from} to ${to}`
        : `the application was at height ${from} already, the engine is at ${to} now`,
      `app hash ${appHash}`,
    ]);
  },
};
