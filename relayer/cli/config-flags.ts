// Every setting of a node as a flag of `peg start`, made from the schema of the config.

import { Option } from 'commander';
import { configFields } from '../node/config-schema.ts';
import type { Flags } from './command.ts';

/** The settings that differ from start to start have flags of their own in the command. */
const configOptions = () =>
  configFields.map(({ path, flag, doc, env }) => ({
    path: path.join('.'),
    option: new Option(`${flag} <value>`, `${doc} (${env})`),
  }));

/** Values stay text: the schema of the config reads them, and names the flag when it refuses one. */
export function configFlags(): readonly Option[] {
  return configOptions().map(({ option }) => option);
}

/** The flags that were given, by the path of their setting. */
export function configSettings(flags: Flags): Readonly<Record<string, unknown>> {
  return Object.fromEntries(configOptions().map(({ path, option }) => [path, flags[option.attributeName()]]));
}
