// The recorded chain of the real engine as a light client reads it from a node, and its JSON with one thing changed.

import type { LightBlock } from '../../relayer/comet/light-client/light-block.ts';
import { readSignedBlock, readValidatorPage } from '../../relayer/comet/light-client/read-light-block.ts';
import { recordedChain } from './comet-vectors.ts';
import type { Json } from './light-client.ts';

/** What a node answers to `commit` and `validators`. */
export interface LightJson {
  readonly signed_header: Json;
  readonly validators: Json;
}

/** Of every height, from 1 on. */
export function recordedLightJson(): readonly LightJson[] {
  return recordedChain().blocks.map(({ block, commit, validators }) => ({
    signed_header: { header: block.block.header, commit },
    validators,
  }));
}

export function readLightJson({ signed_header, validators }: LightJson): LightBlock {
  const page = readValidatorPage({ validators, total: '0' });
  return { ...readSignedBlock({ signed_header }), validators: page.validators };
}

type Path = readonly (string | number)[];

/** Paths of all values of a JSON document that are neither lists nor objects. */
export function leavesOf(json: Json, path: Path = []): Path[] {
  if (typeof json !== 'object' || json === null) return [path];
  return Object.keys(json).flatMap((key) => leavesOf(json[key], [...path, Array.isArray(json) ? Number(key) : key]));
}

export function valueAt(json: Json, path: Path): Json {
  return path.reduce((value, key) => value[key], json);
}

/** A copy with another value at `path`. */
export function changedAt<T>(json: T, path: Path, value: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return value as T;
  const copy = (Array.isArray(json) ? [...json] : { ...(json as object) }) as Json;
  copy[key] = changedAt(copy[key], rest, value);
  return copy;
}
