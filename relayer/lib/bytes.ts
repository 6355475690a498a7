// Byte strings: hex text, order, concatenation, fixed-width integers. No dependency, so that every room may use it.

export type Bytes = Uint8Array;

/** Lower-case hex text with the prefix `0x`: addresses, hashes and accumulators in domain types (equal as bytes ⇔ equal as text). */
export type Hex = `0x${string}`;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** Lower-case hex without prefix. */
export function toHex(bytes: Bytes): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Lower-case hex with the prefix `0x`. */
export function to0x(bytes: Bytes): Hex {
  return `0x${toHex(bytes)}`;
}

/** Bytes of a hex text, with or without `0x`; undefined when it is not hex of whole bytes (or not `length` bytes long). */
export function fromHex(text: string, length?: number): Bytes | undefined {
  const digits = text.startsWith('0x') || text.startsWith('0X') ? text.slice(2) : text;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined;
  if (length !== undefined && digits.length !== 2 * length) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Bytes of a hex constant; throws a RangeError when it is not hex (of `length` bytes). */
export function hex(text: string, length?: number): Bytes {
  const bytes = fromHex(text, length);
  if (bytes === undefined) throw new RangeError(`not hex of ${length ?? 'whole'} bytes: ${text.slice(0, 80)}`);
  return bytes;
}

/** Bytewise order: negative, 0 or positive; a prefix comes before what it begins. */
export function compareBytes(a: Bytes, b: Bytes): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function equalBytes(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

export function concatBytes(...parts: readonly Bytes[]): Bytes {
  return joinBytes(parts);
}

/** The parts one after the other. For lists of any length: the arguments of a call are limited by the stack. */
export function joinBytes(parts: readonly Bytes[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Big-endian, exactly `length` bytes; throws a RangeError when the value is negative or does not fit. */
export function bigintToBytes(value: bigint, length: number): Bytes {
  if (value < 0n || value >= 1n << BigInt(8 * length)) throw new RangeError(`${value} does not fit ${length} bytes`);
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let i = length - 1; rest > 0n; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** Big-endian; empty bytes are 0. */
export function bytesToBigint(bytes: Bytes): bigint {
  return bytes.length === 0 ? 0n : BigInt(to0x(bytes));
}

const utf8 = new TextEncoder();

/** UTF-8 bytes of a text. */
export function textBytes(text: string): Bytes {
  return utf8.encode(text);
}
