// Pages as they are on disk: an inner node as it is, of a bucket only its leaves. The leaf hashes are worked out again when
// it is read: that halves what a block writes, and proves every entry that is read. The first byte tells the two apart.

import type { Bytes } from '../lib/bytes.ts';
import { BUCKET, BUCKET_LIMIT, bitCount, bucketHead, HASH, INNER, innerBitmap, innerHead, LEAF, leafStarts } from './layout.ts';
import { sha256Into } from './sha256.ts';

/** A view of the page. */
export function encodePage(page: Bytes): Bytes {
  return page[0] === BUCKET ? page.subarray(bucketHead(page[1] as number)) : page;
}

/** The page of a record; undefined when the bytes cannot be one. Whether it is the right one only its hash tells. */
export function decodePage(record: Bytes): Bytes | undefined {
  if (record[0] === LEAF) return decodeBucket(record);
  if (record[0] !== INNER || record.length < 5 || innerHead(record) > record.length) return undefined;
  return record.length === innerHead(record) + (4 + HASH) * bitCount(innerBitmap(record)) ? record : undefined;
}

function decodeBucket(record: Bytes): Bytes | undefined {
  const starts = leafStarts(record, 0);
  const n = starts.length - 1;
  if (n > BUCKET_LIMIT || starts[n] !== record.length) return undefined;
  const page = new Uint8Array(bucketHead(n) + record.length);
  page[0] = BUCKET;
  page[1] = n;
  for (let i = 0; i < n; i++) sha256Into(page, 2 + HASH * i, record.subarray(starts[i], starts[i + 1]));
  page.set(record, bucketHead(n));
  return page;
}
