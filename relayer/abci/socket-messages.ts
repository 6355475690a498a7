// Requests out of frames, responses into frames. Decoding reads the message in place, so its byte fields share memory with it;
// the frame reader gives every message memory of its own.

import { BinaryReader, BinaryWriter } from 'cosmjs-types/binary';
import { Request, Response } from 'cosmjs-types/tendermint/abci/types';
import type { Bytes } from '../lib/bytes.ts';
import { AbciError } from './errors.ts';

/** Longest message that CometBFT reads (abci/types/messages.go). */
const LONGEST_ANSWER = 2 ** 31 - 1;

/** Throws ABCI_REQUEST_INVALID when the message is not protobuf of a request. */
export function decodeRequest(message: Bytes): Request {
  try {
    const reader = new BinaryReader();
    reader.buf = message;
    reader.len = message.length;
    return Request.decode(reader);
  } catch (cause) {
    throw new AbciError('ABCI_REQUEST_INVALID', 'a frame does not hold a request', { bytes: message.length }, { cause });
  }
}

/** The response with its length before it. Throws ABCI_ANSWER_INVALID when a field is missing or of another type, or it is too long. */
export function encodeResponse(response: Response): Bytes {
  const kind = Object.keys(response)[0];
  try {
    const writer = BinaryWriter.create().fork();
    Response.encode(response, writer);
    const { len } = writer;
    if (len > LONGEST_ANSWER) throw new RangeError(`it has ${len} bytes, the engine reads ${LONGEST_ANSWER}`);
    return writer.ldelim().finish();
  } catch (cause) {
    throw new AbciError('ABCI_ANSWER_INVALID', `the application's answer to ${kind} cannot be sent`, { kind }, { cause });
  }
}
