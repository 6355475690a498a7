// Points in time as the chain writes them: seconds and nanoseconds since the Unix epoch (google.protobuf.Timestamp),
// in JSON as Go's RFC 3339 with up to nine fractional digits.

import type { Timestamp } from 'cosmjs-types/google/protobuf/timestamp';

export type Time = Timestamp;

const NANOS = 1_000_000_000n;

/** Go's zero time, 0001-01-01T00:00:00Z: the time of a vote that is not there. */
export const ZERO_TIME: Time = { seconds: -62_135_596_800n, nanos: 0 };

export function timeFromMs(ms: number): Time {
  const seconds = Math.floor(ms / 1000);
  return { seconds: BigInt(seconds), nanos: Math.floor((ms - seconds * 1000) * 1_000_000) };
}

export function nanosOf(time: Time): bigint {
  return time.seconds * NANOS + BigInt(time.nanos);
}

export function timeFromNanos(nanos: bigint): Time {
  const rest = ((nanos % NANOS) + NANOS) % NANOS;
  return { seconds: (nanos - rest) / NANOS, nanos: Number(rest) };
}

const RFC3339 = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/** Undefined when the text is not RFC 3339. */
export function parseTime(text: string): Time | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const ms = Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(ms)) return undefined;
  return { seconds: BigInt(ms / 1000), nanos: Number((match[2] ?? '').padEnd(9, '0')) };
}

/** Go's RFC3339Nano in UTC: trailing zeros of the fraction are left out. */
export function formatTime(time: Time): string {
  const whole = new Date(Number(time.seconds) * 1000).toISOString().slice(0, 19);
  const fraction = time.nanos.toString().padStart(9, '0').replace(/0+$/, '');
  return `${whole}${fraction === '' ? '' : `.${fraction}`}Z`;
}
