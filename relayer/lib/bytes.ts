// Byte strings: hex text, order, concatenation, fixed-width integers. No dependency, so that every room may use it.

export type Bytes = Uint8Array;

/** Lower-case hex text with the prefix `0x`: addresses, hashes and accumulators in domain types (equal as bytes ⇔ equal as text). */
export type Hex = `0x${string}`;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
/** Value of a hex digit by its character code, NOT_HEX for every other character. */
const NOT_HEX = 16;
const NIBBLES = Uint8Array.from({ length: 128 }, (_, code) => {
  const at = '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase());
  return at < 0 ? NOT_HEX : at;
});

/** Lower-case hex without prefix. */
export function toHex(bytes: Bytes): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i] as number];
  return text;
}

/** Lower-case hex with the prefix `0x`. */
export function to0x(bytes: Bytes): Hex {
  return `0x${toHex(bytes)}`;
}

/** Bytes of a hex text, with or without `0x`; undefined when it is not hex of whole bytes (or not `length` bytes long). */
export function fromHex(text: string, length?: number): Bytes | undefined {
  const start = text.startsWith('0x') || text.startsWith('0X') ? 2 : 0;
  const size = (text.length - start) / 2;
  if (!Number.isInteger(size) || (length !== undefined && size !== length)) return undefined;
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) {
    const high = NIBBLES[text.charCodeAt(start + 2 * i)] ?? NOT_HEX;
    const low = NIBBLES[text.charCodeAt(start + 2 * i + 1)] ?? NOT_HEX;
    if (high === NOT_HEX || low === NOT_HEX) return undefined;
    bytes[i] = (high << 4) | low;
  }
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
  const digits = value === 0n ? '' : value.toString(16);
  if (value < 0n || digits.length > 2 * length) throw new RangeError(`${value} does not fit ${length} bytes`);
  return hex(digits.padStart(2 * length, '0'));
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
