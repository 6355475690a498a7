// Pages as they are on disk. The leaf hashes of a bucket are left out and worked out again when it is read: that halves
// what a block writes and proves every entry that is read. The counts of an inner node are not under its hash, so a
// checksum follows them.

import { crc32 } from 'node:zlib';
import { type Bytes, concatBytes } from '../lib/bytes.ts';
import { BUCKET, bitCount, bucketHead, HASH, INNER, innerBitmap, innerHead, leafEnd, readUint32, writeUint32 } from './layout.ts';
import { sha256 } from './sha256.ts';

export function encodePage(page: Bytes): Bytes {
  if (page[0] === BUCKET) return concatBytes(page.subarray(0, 2), page.subarray(bucketHead(page[1] as number)));
  const record = new Uint8Array(page.length + 4);
  record.set(page);
  writeUint32(record, page.length, crc32(page));
  return record;
}

/** The page of a record; undefined when the bytes are not one. Whether it is the right one only its hash tells. */
export function decodePage(record: Bytes): Bytes | undefined {
  if (record[0] === BUCKET) return decodeBucket(record);
  const end = record.length - 4;
  if (record[0] !== INNER || end < 5 || readUint32(record, end) !== crc32(record.subarray(0, end))) return undefined;
  const head = innerHead(record);
  return head <= end && end === head + (HASH + 4) * bitCount(innerBitmap(record)) ? record.slice(0, end) : undefined;
}

function decodeBucket(record: Bytes): Bytes | undefined {
  const n = record[1] as number;
  const head = bucketHead(n);
  const page = new Uint8Array(record.length - 2 + head);
  page.set(record.subarray(0, 2));
  page.set(record.subarray(2), head);
  let at = head;
  for (let i = 0; i < n; i++) {
    const end = leafEnd(page, at);
    if (!(end <= page.length)) return undefined;
    page.set(sha256(page.subarray(at, end)), 2 + HASH * i);
    at = end;
  }
  return at === page.length ? page : undefined;
}
