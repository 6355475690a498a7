// What a node publishes after a block, and the attributes by which subscriptions and searches find it.
// Source: CometBFT types/event_bus.go, state/execution.go (fireEvents) at v0.38.

import type { Event, ExecTxResult, ResponseFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import type { Bytes } from '../../lib/bytes.ts';
import { toHex } from '../../lib/bytes.ts';
import type { SealedBlock } from '../chain/block.ts';
import { sha256 } from '../chain/sha256.ts';

export type ChainEvent =
  | {
      readonly name: 'NewBlock' | 'NewBlockHeader' | 'NewBlockEvents';
      readonly sealed: SealedBlock;
      readonly answer: ResponseFinalizeBlock;
    }
  | { readonly name: 'ValidatorSetUpdates'; readonly sealed: SealedBlock; readonly answer: ResponseFinalizeBlock }
  | { readonly name: 'Tx'; readonly height: bigint; readonly index: number; readonly tx: Bytes; readonly result: ExecTxResult };

/** `type.key` → values, in order. */
export type Attributes = ReadonlyMap<string, readonly string[]>;

/** The events of one block, in the order in which CometBFT publishes them. */
export function eventsOf(sealed: SealedBlock, answer: ResponseFinalizeBlock): ChainEvent[] {
  const { height } = sealed.block.header;
  const events: ChainEvent[] = [
    { name: 'NewBlock', sealed, answer },
    { name: 'NewBlockHeader', sealed, answer },
    { name: 'NewBlockEvents', sealed, answer },
  ];
  sealed.block.data.txs.forEach((tx, index) => {
    const result = answer.txResults[index];
    if (result !== undefined) events.push({ name: 'Tx', height, index, tx, result });
  });
  if (answer.validatorUpdates.length > 0) events.push({ name: 'ValidatorSetUpdates', sealed, answer });
  return events;
}

export function attributesOf(event: ChainEvent): Attributes {
  const attributes = new Map<string, string[]>();
  const add = (key: string, value: string): void => {
    const values = attributes.get(key);
    if (values === undefined) attributes.set(key, [value]);
    else values.push(value);
  };
  for (const { type, attributes: pairs } of abciEvents(event))
    for (const { key, value } of pairs) if (type !== '' && key !== '') add(`${type}.${key}`, value);
  add('tm.event', event.name);
  if (event.name === 'Tx') {
    add('tx.hash', transactionHash(event.tx));
    add('tx.height', String(event.height));
  }
  return attributes;
}

/** Upper-case hex of SHA-256. */
export function transactionHash(tx: Bytes): string {
  return toHex(sha256(tx)).toUpperCase();
}

function abciEvents(event: ChainEvent): readonly Event[] {
  if (event.name === 'Tx') return event.result.events;
  return event.name === 'NewBlock' || event.name === 'NewBlockEvents' ? event.answer.events : [];
}
