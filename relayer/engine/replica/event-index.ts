// Finds transactions by hash, and transactions and blocks by the attributes of their events. The conditions of a search
// must hold within one event; `tx.height`, `tx.hash` and `block.height` belong to the whole.
// Source: CometBFT state/txindex/kv, state/indexer/block/kv at v0.38.

import type { Event, ResponseFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import { type Bytes, bigintToBytes, bytesToBigint, concatBytes, fromHex, textBytes } from '../../lib/bytes.ts';
import type { SealedBlock } from '../chain/block.ts';
import { sha256 } from '../chain/sha256.ts';
import { type Condition, holds } from './event-query.ts';
import type { KeyValue, Write } from './key-value.ts';

/** Where a transaction stands in the chain. */
export interface Place {
  readonly height: bigint;
  readonly index: number;
}

const KIND = { txHash: 64, txAttribute: 65, blockAttribute: 66 };
const SEPARATOR = Uint8Array.of(0);
/** Height, index of the transaction, number of the event. */
const PLACE_BYTES = 8 + 4 + 4;

export function indexWrites({ block }: SealedBlock, answer: ResponseFinalizeBlock): Write[] {
  const { height } = block.header;
  const writes: Write[] = attributeWrites(KIND.blockAttribute, answer.events, height, 0);
  writes.push(attributeWrite(KIND.blockAttribute, 'block.height', String(height), height, 0, WHOLE));
  block.data.txs.forEach((tx, index) => {
    const result = answer.txResults[index];
    if (result === undefined) return;
    writes.push([
      concatBytes(Uint8Array.of(KIND.txHash), sha256(tx)),
      concatBytes(bigintToBytes(height, 8), bigintToBytes(BigInt(index), 4)),
    ]);
    writes.push(...attributeWrites(KIND.txAttribute, result.events, height, index));
    writes.push(attributeWrite(KIND.txAttribute, 'tx.height', String(height), height, index, WHOLE));
  });
  return writes;
}

/** Number of the "event" whose attributes hold for the whole transaction or block. */
const WHOLE = 0xffff_ffff;
const WHOLE_KEYS = new Set(['tx.height', 'block.height']);

export class EventIndex {
  readonly #db: KeyValue;

  constructor(db: KeyValue) {
    this.#db = db;
  }

  async find(hash: Bytes): Promise<Place | undefined> {
    const place = hash.length === 32 ? await this.#db.get(concatBytes(Uint8Array.of(KIND.txHash), hash)) : undefined;
    return place === undefined ? undefined : placeOf(place);
  }

  /** In order of the chain. */
  async searchTransactions(conditions: readonly Condition[]): Promise<Place[]> {
    const hashes = conditions.filter(({ key }) => key === 'tx.hash');
    const found = new Map<string, Place>();
    for (const { operand } of hashes) {
      const place = await this.find(fromHex(operand.text) ?? new Uint8Array());
      if (place === undefined) return [];
      found.set(wholeKey(place), place);
    }
    if (hashes.length > 1 && found.size > 1) return [];
    const rest = conditions.filter(({ key }) => key !== 'tx.hash');
    if (rest.length === 0) return [...found.values()];
    const places = await this.#search(KIND.txAttribute, rest);
    return hashes.length === 0 ? places : places.filter((place) => found.has(wholeKey(place)));
  }

  /** Heights, ascending. */
  async searchBlocks(conditions: readonly Condition[]): Promise<bigint[]> {
    return (await this.#search(KIND.blockAttribute, conditions)).map(({ height }) => height);
  }

  /** Conditions on the whole and conditions on an event are intersected apart, then with each other. */
  async #search(kind: number, conditions: readonly Condition[]): Promise<Place[]> {
    let whole: Map<string, Place> | undefined;
    let byEvent: Map<string, Place> | undefined;
    for (const condition of conditions) {
      const ofWhole = WHOLE_KEYS.has(condition.key);
      const hits = new Map<string, Place>();
      for (const { place, event } of await this.#hits(kind, condition))
        hits.set(ofWhole ? wholeKey(place) : `${wholeKey(place)}/${event}`, place);
      if (ofWhole) whole = intersect(whole, hits);
      else byEvent = intersect(byEvent, hits);
    }
    const merged = new Map<string, Place>();
    for (const place of (byEvent ?? whole ?? merged).values()) {
      const key = wholeKey(place);
      if (whole === undefined || whole.has(key)) merged.set(key, place);
    }
    return [...merged.values()].sort((a, b) => (a.height === b.height ? a.index - b.index : a.height < b.height ? -1 : 1));
  }

  async #hits(kind: number, condition: Condition): Promise<{ place: Place; event: number }[]> {
    const canonical = condition.operand.kind === 'text' || WHOLE_KEYS.has(condition.key);
    const exact = condition.operator === '=' && canonical;
    const prefix = concatBytes(
      Uint8Array.of(kind),
      textBytes(condition.key),
      SEPARATOR,
      ...(exact ? [textBytes(condition.operand.text), SEPARATOR] : []),
    );
    const hits: { place: Place; event: number }[] = [];
    // The prefix ends with a zero byte, so its successor bounds everything that begins with it.
    for (const [key] of await this.#db.range(prefix, concatBytes(prefix.subarray(0, -1), Uint8Array.of(1)))) {
      const rest = key.subarray(prefix.length);
      if (exact ? rest.length !== PLACE_BYTES : rest.length < PLACE_BYTES + 1) continue;
      const tail = rest.subarray(rest.length - PLACE_BYTES);
      const value = new TextDecoder().decode(rest.subarray(0, exact ? 0 : rest.length - PLACE_BYTES - 1));
      if (exact || holds(condition, value)) hits.push({ place: placeOf(tail), event: Number(bytesToBigint(tail.subarray(12))) });
    }
    return hits;
  }
}

function attributeWrites(kind: number, events: readonly Event[], height: bigint, index: number): Write[] {
  const writes: Write[] = [];
  events.forEach(({ type, attributes }, event) => {
    for (const { key, value, index: wanted } of attributes)
      if (wanted && type !== '' && key !== '') writes.push(attributeWrite(kind, `${type}.${key}`, value, height, index, event));
  });
  return writes;
}

function attributeWrite(kind: number, key: string, value: string, height: bigint, index: number, event: number): Write {
  const place = concatBytes(bigintToBytes(height, 8), bigintToBytes(BigInt(index), 4), bigintToBytes(BigInt(event), 4));
  return [concatBytes(Uint8Array.of(kind), Buffer.from(key), SEPARATOR, Buffer.from(value), SEPARATOR, place), new Uint8Array()];
}

function placeOf(bytes: Bytes): Place {
  return { height: bytesToBigint(bytes.subarray(0, 8)), index: Number(bytesToBigint(bytes.subarray(8, 12))) };
}

function wholeKey({ height, index }: Place): string {
  return `${height}/${index}`;
}

function intersect(a: Map<string, Place> | undefined, b: Map<string, Place>): Map<string, Place> {
  return a === undefined ? b : new Map([...a].filter(([key]) => b.has(key)));
}
