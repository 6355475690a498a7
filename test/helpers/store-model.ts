// A sorted map as the model of a state store, and arbitrary changes that meet every shape of the tree: few and many
// entries, keys that are prefixes of one another, long shared prefixes, short and long values.

import fc from 'fast-check';
import { type Bytes, compareBytes, toHex } from '../../relayer/lib/bytes.ts';
import type { Change } from '../../relayer/store/state-store.ts';

/** What a store should hold at one version: value by hex text of the key. */
export type Model = ReadonlyMap<string, Bytes>;

export function applyToModel(model: Model, changes: Iterable<Change>): Model {
  const next = new Map(model);
  for (const [key, value] of changes) {
    if (value === undefined) next.delete(toHex(key));
    else next.set(toHex(key), value);
  }
  return next;
}

export function modelEntries(model: Model, prefix = ''): [string, string][] {
  return [...model]
    .filter(([key]) => key.startsWith(prefix))
    .sort(([a], [b]) => compareBytes(Buffer.from(a, 'hex'), Buffer.from(b, 'hex')))
    .map(([key, value]) => [key, toHex(value)]);
}

export function readEntries(entries: Iterable<readonly [Bytes, Bytes]>): [string, string][] {
  return [...entries].map(([key, value]) => [toHex(key), toHex(value)]);
}

const bytes = (...values: number[]) => Uint8Array.from(values);

/** Keys from a small space, so that they meet again, in clusters that share long prefixes, and some at random. */
export const anyKey: fc.Arbitrary<Bytes> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.nat(3), fc.nat(255)).map(([a, b]) => bytes(a, b)) },
  { weight: 4, arbitrary: fc.nat(60).map((n) => bytes(7, ...new Array<number>(9).fill(0xaa), n)) },
  { weight: 2, arbitrary: fc.nat(12).map((n) => new Uint8Array(n).fill(0x55)) },
  { weight: 2, arbitrary: fc.uint8Array({ minLength: 0, maxLength: 20 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 120, maxLength: 127 }) },
);

export const anyValue: fc.Arbitrary<Bytes> = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 8 }) },
  { weight: 2, arbitrary: fc.uint8Array({ minLength: 63, maxLength: 66 }) },
  { weight: 1, arbitrary: fc.uint8Array({ minLength: 300, maxLength: 2000 }) },
);

export const anyChanges: fc.Arbitrary<Change[]> = fc.array(fc.tuple(anyKey, fc.option(anyValue, { nil: undefined, freq: 3 })), {
  maxLength: 120,
  size: 'max',
});
