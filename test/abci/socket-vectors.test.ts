// Every request and response, framed by CometBFT's own Go code (test/vectors/abci), against ours in both directions.

import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { Request, Response } from 'cosmjs-types/tendermint/abci/types';
import { AnswerBatch } from '../../relayer/abci/answer-batch.ts';
import { decodeRequest } from '../../relayer/abci/decode-request.ts';
import { FrameReader } from '../../relayer/abci/frames.ts';
import { hex, toHex } from '../../relayer/lib/bytes.ts';

interface FrameVector {
  /** Go's name of the kind: `Request_Echo`. */
  readonly kind: string;
  readonly fill: 'empty' | 'full' | 'extreme';
  /** Hex, with the length before the message. */
  readonly frame: string;
  /** The message in protobuf's JSON mapping, as Go writes it. */
  readonly value: Record<string, unknown>;
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/;

/** protobuf's JSON mapping has texts for times and durations; cosmjs-types wants objects, not to lose nanoseconds. */
function readVectors(): FrameVector[] {
  const text = readFileSync(new URL('../vectors/abci/frames.json', import.meta.url), 'utf8');
  return JSON.parse(text, (key, value) => {
    if (key === 'maxAgeDuration') return { seconds: String(value).replace('s', '') };
    const [, second, fraction = ''] = TIME.exec(String(value)) ?? [];
    return second === undefined
      ? value
      : { seconds: String(Date.parse(`${second}Z`) / 1_000), nanos: Number(fraction.padEnd(9, '0')) };
  }) as FrameVector[];
}

const VECTORS = readVectors();
/** Of engines newer than ABCI 2.0.0, for applications that are their own mempool. */
const UNKNOWN = /^(Request|Response)_(InsertTx|ReapTxs)$/;
const ours = (side: 'Request' | 'Response') => VECTORS.filter(({ kind }) => kind.startsWith(side) && !UNKNOWN.test(kind));
/** cosmjs-types writes an empty list of numbers as a field of length 0, which means the same to every reader. */
const SAME: Readonly<Record<string, string>> = { '058201021200': '03820100' };
/** What is written for a response. */
function framesOf(response: Response): string {
  const answers = new AnswerBatch(new Socket());
  answers.add(response);
  return toHex(answers.take());
}
const messageOf = (frame: string) => [...new FrameReader(1_000_000).push(hex(frame))][0] as Uint8Array;

describe('frames of CometBFT', () => {
  it('are of every kind that ABCI 2.0 has', () => {
    const kinds = (side: 'Request' | 'Response') => new Set(ours(side).map(({ value }) => Object.keys(value)[0])).size;
    expect(kinds('Request')).to.equal(16);
    expect(kinds('Response')).to.equal(17);
  });

  for (const { kind, fill, frame, value } of ours('Request'))
    it(`${kind}, ${fill}, is read as what it says`, () => {
      expect(decodeRequest(messageOf(frame))).to.deep.equal(Request.fromJSON(value));
    });

  for (const { kind, fill, frame, value } of ours('Response'))
    it(`${kind}, ${fill}, is what we write`, () => {
      const written = framesOf(Response.fromJSON(value));
      expect(SAME[written] ?? written).to.equal(frame);
    });

  for (const { kind, fill, frame } of VECTORS.filter(({ kind }) => UNKNOWN.test(kind) && kind.startsWith('Request')))
    it(`${kind}, ${fill}, is of no kind that is known`, () => {
      expect(Object.values(decodeRequest(messageOf(frame))).filter((call) => call !== undefined)).to.deep.equal([]);
    });
});
