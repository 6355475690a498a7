// How many things to ask for at once: more while answers are quick, half after an answer was too large or too late.

/** Requests in one batch; between 1 and `most`. */
export interface ChunkSize {
  readonly size: number;
  readonly most: number;
}

/** An answer within this time is quick. */
const QUICK_MS = 1_000;

export function firstChunk(size: number, most: number): ChunkSize {
  return { size: Math.min(size, most), most };
}

/** After an answer that took `durationMs`. */
export function grow({ size, most }: ChunkSize, durationMs: number): ChunkSize {
  return { size: durationMs <= QUICK_MS ? Math.min(most, size * 2) : size, most };
}

/** After a failure by size or time; undefined when there is nothing to halve any more. */
export function halve({ size, most }: ChunkSize): ChunkSize | undefined {
  return size === 1 ? undefined : { size: Math.ceil(size / 2), most };
}
