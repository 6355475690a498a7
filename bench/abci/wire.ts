// The two wires that are compared, from the side of a client: ours with ABCI 2.0, and that of npm's `abci` 5.0.1 with
// Tendermint ≤ 0.31, whose length is a signed ("zigzag") varint and whose block is a request a transaction.

import { createRequire } from 'node:module';
import { Request } from 'cosmjs-types/tendermint/abci/types';

/** What a measurement sends, framed, and how many answers it brings. */
export interface Load {
  readonly bytes: Buffer;
  readonly answers: number;
}

export interface Wire {
  /** A message's length by the number in its prefix. */
  readonly lengthOf: (prefix: number) => number;
  readonly echo: () => Load;
  readonly checkTxs: (txs: readonly Uint8Array[]) => Load;
  readonly block: (txs: readonly Uint8Array[]) => Load;
}

export const WIRES = { ours: () => ours, abci: () => abci5() } as const;
export type WireName = keyof typeof WIRES;

/** Messages, each behind `prefix(length)` as a varint, and a flush at the end. */
function load(messages: readonly Uint8Array[], flush: Uint8Array, prefix: (length: number) => number): Load {
  const all = [...messages, flush];
  return { bytes: Buffer.concat(all.flatMap((m) => [varint(prefix(m.length)), m])), answers: all.length };
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

type Fields = { readonly [K in keyof Request]?: Partial<NonNullable<Request[K]>> };
const encode = (fields: Fields) => Request.encode(Request.fromPartial(fields as Request)).finish();
const oursLoad = (...requests: Fields[]) => load(requests.map(encode), encode({ flush: {} }), (length) => length);

const ours: Wire = {
  lengthOf: (prefix) => prefix,
  echo: () => oursLoad({ echo: { message: 'x' } }),
  checkTxs: (txs) => oursLoad(...txs.map((tx) => ({ checkTx: { tx } }))),
  block: (txs) => oursLoad({ finalizeBlock: { txs: [...txs], height: 1n, hash: new Uint8Array(32) } }, { commit: {} }),
};

interface PeerTypes {
  readonly abci: { readonly Request: { encode(fields: object): { finish(): Uint8Array } } };
}

export const PEER = createRequire(new URL('./peer/package.json', import.meta.url));

function abci5(): Wire {
  const types = PEER('abci/types.js') as PeerTypes;
  const message = (fields: object) => types.abci.Request.encode(fields).finish();
  const peerLoad = (...requests: object[]) => load(requests.map(message), message({ flush: {} }), (length) => 2 * length);
  return {
    lengthOf: (prefix) => prefix / 2,
    echo: () => peerLoad({ echo: { message: 'x' } }),
    checkTxs: (txs) => peerLoad(...txs.map((tx) => ({ checkTx: { tx } }))),
    block: (txs) =>
      peerLoad(
        { beginBlock: { hash: new Uint8Array(32) } },
        ...txs.map((tx) => ({ deliverTx: { tx } })),
        { endBlock: { height: 1 } },
        {
          commit: {},
        },
      ),
  };
}
