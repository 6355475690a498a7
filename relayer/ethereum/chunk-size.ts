// How many things to ask for at once: more while answers are quick, half after an answer was too large or too late. It
// doubles until the first failure and then grows step by step, so that it settles near what an endpoint bears.

/** Requests in one batch; between 1 and `most`. */
export interface ChunkSize {
  readonly size: number;
  readonly most: number;
  /** No failure so far. */
  readonly steep: boolean;
}

/** An answer within this time is quick. */
const QUICK_MS = 1_000;

export function firstChunk(size: number, most: number): ChunkSize {
  return { size: Math.min(size, most), most, steep: true };
}

/** After an answer that took `durationMs`. */
export function grow(chunk: ChunkSize, durationMs: number): ChunkSize {
  if (durationMs > QUICK_MS) return chunk;
  return { ...chunk, size: Math.min(chunk.most, chunk.steep ? chunk.size * 2 : chunk.size + 1) };
}

/** After a failure of `tried` requests at once; undefined when there is nothing to halve any more. */
export function halve(chunk: ChunkSize, tried: number): ChunkSize | undefined {
  return tried <= 1 ? undefined : { ...chunk, size: Math.ceil(tried / 2), steep: false };
}
