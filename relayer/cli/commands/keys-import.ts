import { Option } from 'commander';
import type { CommandDefinition } from '../command.ts';
import { jsonFlag } from '../flags.ts';
import { show } from '../node-access.ts';

/** `peg keys import`: a key from another file, encrypted anew. */
export const keysImport: CommandDefinition = {
  usage: 'keys import <file>',
  summary: 'take a key from another file: an encrypted key file, or 64 hex digits',
  options: [
    new Option('--from <file>', 'file with the key').makeOptionMandatory(),
    new Option('--from-password-file <file>', 'its password, when it is encrypted (default: asked for)'),
    new Option('--password-file <file>', 'password of the new key file (default: asked for)'),
    jsonFlag(),
  ],
  example: 'peg keys import witness-key.json --from geth/keystore/UTC--… --password-file password',
  async run([file = ''], flags, terminal) {
    const { readSecret, writeSecret } = await import('../key-commands.ts');
    const key = await readSecret(flags.from as string, flags.fromPasswordFile as string | undefined, terminal);
    const address = await writeSecret(file, key, flags, terminal);
    show(flags, terminal, { file, address }, [`${address} in ${file}`]);
  },
};
