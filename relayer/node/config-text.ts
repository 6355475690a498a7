// The config file of a new home: every setting with its doc line, those that are set as values, the others commented out
// with their default, so that an operator reads in one place what can be changed.

import { stringify } from 'smol-toml';
import { type ConfigField, configFields } from './config-schema.ts';

const HEADER = [
  'Settings of this node. A flag of `peg start` wins over an environment variable, that over this file, that over the default.',
  'What the network agreed on is not here but in the genesis file.',
];

/**
 * The text of `peg.toml`.
 *
 * @param values settings by path, such as `{'ethereum.urls': ['http://…']}`; those that are undefined stay at their default
 */
export function configText(values: Readonly<Record<string, unknown>>): string {
  const lines = HEADER.map((line) => `# ${line}`);
  let section = '';
  for (const field of ordered(configFields.filter(({ path }) => path[0] !== 'home'))) {
    const under = field.fileKey.split('.').slice(0, -1).join('.');
    if (under !== section) lines.push('', `[${under}]`);
    section = under;
    lines.push('', `# ${field.doc} (${field.env})`, setting(field, values[field.path.join('.')]));
  }
  return `${lines.join('\n')}\n`;
}

/** In TOML a key after a section's header belongs to that section, so what has no section comes first. */
function ordered(fields: readonly ConfigField[]): readonly ConfigField[] {
  return [...fields.filter(({ path }) => path.length === 1), ...fields.filter(({ path }) => path.length > 1)];
}

function setting({ fileKey, default: fallback }: ConfigField, value: unknown): string {
  const key = fileKey.split('.').at(-1) as string;
  if (value !== undefined) return stringify({ [key]: value }).trim();
  return fallback === undefined ? `# ${key} =` : `# ${stringify({ [key]: fallback }).trim()}`;
}
