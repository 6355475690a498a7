// Genesis time as nanoseconds: part of the salt of every signature, so no digit of it may be lost on the way.

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/** Nanoseconds since the Unix epoch of an RFC 3339 time with up to nine fractional digits; undefined for anything else. */
export function parseGenesisTime(text: string): bigint | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone] = match as unknown as string[];
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const milliseconds = Date.parse(`${local}${zone}`);
  // Date.parse moves 30 February on to March; such a day is a mistake.
  if (Number.isNaN(milliseconds) || !new Date(`${local}Z`).toISOString().startsWith(local)) return undefined;
  return BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
