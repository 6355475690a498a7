// Requests out of frames. Decoding reads the message in place, so its byte fields share memory with it; the frame reader gives
// every message memory of its own.

import { BinaryReader } from 'cosmjs-types/binary';
import { Request } from 'cosmjs-types/tendermint/abci/types';
import type { Bytes } from '../lib/bytes.ts';
import { AbciError } from './errors.ts';

/** Throws ABCI_REQUEST_INVALID when the message is not protobuf of a request. A request of an unknown kind has no field set. */
export function decodeRequest(message: Bytes): Request {
  try {
    // Given the bytes, its constructor would copy them.
    const reader = new BinaryReader();
    reader.buf = message;
    reader.len = message.length;
    return Request.decode(reader);
  } catch (cause) {
    throw new AbciError('ABCI_REQUEST_INVALID', 'a frame does not hold a request', { bytes: message.length }, { cause });
  }
}
