// Puts the config of a node together: flags over environment over file over defaults, checked once, then frozen.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { describe } from '../lib/errors.ts';
import { type ConfigField, configFields, type NodeConfig, nodeConfigSchema } from './config-schema.ts';
import { NodeError } from './errors.ts';
import { nearestName } from './nearest-name.ts';

/** Name of the config file in a node's home. */
export const CONFIG_FILE = 'peg.toml';

export interface ConfigSources {
  /** Values by path, such as `{'ethereum.urls': 'http://…'}`; undefined ones are not set. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** Default: the process' own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The config file. Default: `peg.toml` in the home that flags or environment name, where it may be missing. */
  readonly file?: string;
}

interface Setting {
  readonly value: unknown;
  /** Where it was set, for messages. */
  readonly origin: string;
}

/** Reads and checks the config. Throws CONFIG_INVALID, CONFIG_UNREADABLE. */
export async function loadConfig({ flags = {}, env = process.env, file }: ConfigSources = {}): Promise<NodeConfig> {
  const settings = new Map<ConfigField, Setting>();
  const home = expandHome(String(flags.home ?? (env.PEG_HOME || '~/.peg')));
  const path = file ?? join(home, CONFIG_FILE);
  for (const [field, value] of settingsOfFile(await readConfigFile(path, file !== undefined), path))
    settings.set(field, { value, origin: `${field.fileKey} in ${path}` });
  for (const field of configFields) {
    const fromEnv = env[field.env];
    if (fromEnv !== undefined && fromEnv !== '') settings.set(field, { value: fromEnv, origin: field.env });
  }
  for (const [name, value] of Object.entries(flags)) {
    if (value !== undefined) settings.set(fieldOfFlag(name), { value, origin: fieldOfFlag(name).flag });
  }
  return check(settings, home);
}

/** An absolute path: `~` is the user's home, other paths count from `base`. */
export function pathFrom(base: string, path: string): string {
  return path === '~' || path.startsWith('~/') || isAbsolute(path) ? expandHome(path) : join(base, path);
}

function check(settings: ReadonlyMap<ConfigField, Setting>, home: string): NodeConfig {
  const input: Record<string, unknown> = {};
  for (const [{ path }, { value }] of settings) assign(input, path, value);
  const parsed = nodeConfigSchema.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = (issue?.path ?? []).map(String);
    const [field, setting] = [...settings].find(([known]) => known.path.every((step, index) => step === path[index])) ?? [];
    throw new NodeError('CONFIG_INVALID', `${setting?.origin ?? path.join('.')} ${issue?.message}`, {
      field: field?.path.join('.'),
    });
  }
  return deepFreeze({ ...parsed.data, home });
}

async function readConfigFile(path: string, required: boolean): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!required && (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new NodeError('CONFIG_UNREADABLE', `the config file ${path} cannot be read: ${describe(error)}`, { file: path });
  }
  try {
    return parse(text);
  } catch (error) {
    // The message continues with an excerpt of the file over several lines.
    const [reason] = describe(error).split('\n');
    throw new NodeError('CONFIG_UNREADABLE', `the config file ${path} is not TOML: ${reason}`, { file: path });
  }
}

/** The settings of a file; an unknown key is refused, and so is a value where a table belongs. */
function* settingsOfFile(
  tree: Readonly<Record<string, unknown>>,
  path: string,
  prefix = '',
): Iterable<readonly [ConfigField, unknown]> {
  for (const [name, value] of Object.entries(tree)) {
    const key = `${prefix}${name}`;
    const field = configFields.find(({ fileKey }) => fileKey === key);
    const isSection = configFields.some(({ fileKey }) => fileKey.startsWith(`${key}.`));
    const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (field !== undefined) yield [field, value];
    else if (isSection && isTable) yield* settingsOfFile(value as Record<string, unknown>, path, `${key}.`);
    else
      throw unknownSetting(
        `${key} in ${path}`,
        key,
        configFields.map(({ fileKey }) => fileKey),
      );
  }
}

function fieldOfFlag(name: string): ConfigField {
  const field = configFields.find(({ path }) => path.join('.') === name);
  if (field !== undefined) return field;
  throw unknownSetting(
    name,
    name,
    configFields.map(({ path }) => path.join('.')),
  );
}

function unknownSetting(origin: string, name: string, known: readonly string[]): NodeError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`;
  return new NodeError('CONFIG_INVALID', `${origin} is not a setting: ${hint}`, { field: name, nearest });
}

function assign(target: Record<string, unknown>, [first = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  target[first] ??= {};
  assign(target[first] as Record<string, unknown>, rest, value);
}

function expandHome(path: string): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1));
  return resolve(path);
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
