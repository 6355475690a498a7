import { InvalidArgumentError, Option } from 'commander';
import { type Bytes, fromHex } from '../../lib/bytes.ts';
import type { CommandDefinition } from '../command.ts';
import { homeFlag, jsonFlag } from '../flags.ts';
import { show } from '../node-access.ts';

function parseAppHash(text: string): Bytes {
  const hash = fromHex(text, 32);
  if (hash === undefined) throw new InvalidArgumentError('expected 64 hex digits.');
  return hash;
}

/** `peg import`: fills the empty state of a home from a file. */
export const importCommand: CommandDefinition = {
  usage: 'import',
  summary: 'fill the empty state of a stopped node from a file that peg export wrote',
  options: [
    homeFlag(),
    new Option('--input <file>', 'the file').makeOptionMandatory(),
    new Option('--app-hash <hash>', 'app hash that the state must have, from a header you trust').argParser(parseAppHash),
    jsonFlag(),
  ],
  example:
    'peg import --home ~/.peg --input state.peg --app-hash 2e5280d267ab3d6f808de8fb154c0e19cfb1d8c51a36693d52051217635711de',
  async run(_args, flags, terminal) {
    const [{ importState }, { homeConfig }, { stateDocument, stateLines }, { progressLine }] = await Promise.all([
      import('../../node/exchange-state.ts'),
      import('../key-commands.ts'),
      import('../exchanged-state.ts'),
      import('../progress-line.ts'),
    ]);
    const appHash = flags.appHash as Bytes | undefined;
    const state = await importState(await homeConfig(flags, terminal), flags.input as string, {
      appHash,
      signal: terminal.signal,
      onProgress: progressLine('import', 'bytes', terminal),
    });
    const verified = appHash !== undefined;
    show(flags, terminal, { ...stateDocument(state), verified }, stateLines(state));
    if (!verified)
      terminal.err(
        `not verified against a trusted app hash: compare ${state.appHash} with the header of height ${state.height + 1n}, or give --app-hash`,
      );
    terminal.err(
      `peg start goes on from here with the engine's blocks after height ${state.height}; an engine without blocks joins by consensus.state_sync instead`,
    );
  },
};
