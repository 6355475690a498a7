import { expect } from 'chai';
import fc from 'fast-check';
import { FrameReader } from '../../relayer/abci/frames.ts';
import { type Bytes, concatBytes, toHex } from '../../relayer/lib/bytes.ts';
import { framed, uvarint } from '../helpers/abci-client.ts';
import { codeThrown } from '../helpers/error-code.ts';

const MOST = 1_000_000;
const RUNS = 200 * Number(process.env.PEG_TEST_RUNS ?? 1);

/** The messages that a reader finds in these chunks. */
function read(chunks: readonly Bytes[], maxFrameBytes = MOST): Bytes[] {
  const reader = new FrameReader(maxFrameBytes);
  return chunks.flatMap((chunk) => [...reader.push(chunk)]);
}

/** `bytes` in two, before each of its bytes. */
const cuts = (bytes: Bytes) => Array.from(bytes, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);
const texts = (messages: readonly Bytes[]) => messages.map(toHex);
const filled = (length: number, value: number) => new Uint8Array(length).fill(value);

describe('frame reader', () => {
  const messages = [filled(3, 1), filled(0, 0), filled(200, 2), filled(127, 3), filled(128, 4), filled(300, 5)];
  const stream = concatBytes(...messages.map(framed));

  it('finds all messages of a chunk', () => {
    expect(texts(read([stream]))).to.deep.equal(texts(messages));
  });

  it('finds them when the stream is split at any byte', () => {
    for (const chunks of cuts(stream)) expect(texts(read(chunks))).to.deep.equal(texts(messages));
  });

  it('finds them byte by byte', () => {
    expect(texts(read(Array.from(stream, (byte) => Uint8Array.of(byte))))).to.deep.equal(texts(messages));
  });

  it('finds a message that comes in many chunks', () => {
    const message = Uint8Array.from({ length: 700_001 }, (_, index) => index % 251);
    const bytes = framed(message);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 997) }, (_, index) =>
      bytes.subarray(index * 997, (index + 1) * 997),
    );
    expect(texts(read([...chunks, ...chunks]))).to.deep.equal(texts([message, message]));
  });

  it('finds any messages in any pieces', () => {
    const pieces = fc.tuple(
      fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 60 }),
    );
    fc.assert(
      fc.property(pieces, ([all, sizes]) => {
        const bytes = concatBytes(...all.map(framed));
        const chunks: Bytes[] = [];
        let at = 0;
        for (const size of [...sizes, bytes.length]) {
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(texts(read(chunks))).to.deep.equal(texts(all));
      }),
      { numRuns: RUNS },
    );
  });

  it('gives messages memory of their own', () => {
    const chunk = framed(filled(10, 7));
    const [message] = read([chunk]);
    chunk.fill(0);
    expect(message).to.deep.equal(filled(10, 7));
  });

  it('takes a length with superfluous bytes, as CometBFT does', () => {
    const longZero = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00);
    expect(read([longZero])).to.deep.equal([new Uint8Array(0)]);
  });

  it('refuses a length of more than ten bytes, or beyond the limit, or negative', () => {
    const wrong = [
      filled(10, 0x80),
      uvarint(MOST + 1),
      uvarint(2 ** 52),
      concatBytes(filled(9, 0xff), Uint8Array.of(0x01)),
      concatBytes(filled(9, 0xff), Uint8Array.of(0x7f)),
    ];
    for (const prefix of wrong) {
      expect(codeThrown(() => read([prefix]))).to.equal('ABCI_FRAME_INVALID');
      expect(codeThrown(() => read(Array.from(prefix, (byte) => Uint8Array.of(byte))))).to.equal('ABCI_FRAME_INVALID');
    }
    expect(read([framed(filled(MOST, 1))])).to.have.length(1);
  });

  it('gives the messages before a wrong length', () => {
    const seen: Bytes[] = [];
    const code = codeThrown(() => {
      for (const message of new FrameReader(MOST).push(concatBytes(framed(filled(2, 1)), uvarint(MOST + 1)))) seen.push(message);
    });
    expect(code).to.equal('ABCI_FRAME_INVALID');
    expect(texts(seen)).to.deep.equal(['0101']);
  });

  it('knows whether the stream may end', () => {
    const reader = new FrameReader(MOST);
    const states = Array.from(framed(filled(2, 1)), (byte) => {
      for (const _ of reader.push(Uint8Array.of(byte)));
      return reader.unfinished;
    });
    expect(states).to.deep.equal([true, true, false]);
  });
});
