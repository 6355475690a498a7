// Motions on the command line: from flags to changes, from a node's answer to a motion whose digest is its name, and to lines
// that a person can judge before signing.

import { isAddress } from 'ethers/address';
import { fromHex, type Hex, hex, to0x } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { motionId } from '../peg/motion.ts';
import type { Change, Motion } from '../peg/types.ts';
import type { Flags } from './command.ts';
import type { CliErrorCode } from './exit-codes.ts';

/** `MOTION_UNKNOWN`: the node knows no such motion. `MOTION_FORGED`: what the node shows is not what the digest names. */
export type MotionErrorCode = 'MOTION_UNKNOWN' | 'MOTION_FORGED';

/** As `/validators` shows them. */
export type ValidatorViews = Readonly<
  Record<
    Hex,
    {
      readonly name: string;
      readonly power: number;
      readonly active: boolean;
      readonly witness: Hex;
      readonly governSequence: number;
    }
  >
>;

/** As `/motions` shows them; which fields there are depends on the type. */
interface ChangeAnswer {
  readonly type: Change['type'];
  readonly validator: Hex;
  readonly publicKey: Hex;
  readonly power: number;
  readonly witness: Hex;
  readonly name: string;
  readonly value: number;
  readonly height: number;
  readonly hash: Hex;
  readonly nonce: number;
  readonly accumulator: Hex;
  readonly ledger: Hex;
  /** Of corrections alone. */
  readonly balances?: readonly Hex[];
}

export interface MotionAnswer {
  readonly expiry: number;
  readonly changes: readonly ChangeAnswer[];
  readonly starter: Hex;
  readonly openedAt: number;
  readonly voters: readonly Hex[];
  readonly conf: number;
  readonly power: number;
  /** Digests of the lists of balances that it waits for. */
  readonly missing: readonly Hex[];
  readonly decision: { readonly height: number; readonly outcome: string; readonly reason: string | null } | null;
}

/** By digest. */
export type MotionAnswers = Readonly<Record<Hex, MotionAnswer>>;

/** The changes that the flags of `peg govern propose` name; at least one. Throws USAGE. */
export function changesOf(flags: Flags, validators: ValidatorViews): readonly Change[] {
  const texts = (name: string) => (flags[name] as readonly string[] | undefined) ?? [];
  const changes: Change[] = [
    ...texts('add').map(addition),
    ...texts('remove').map((name): Change => ({ type: 'remove', validator: find(validators, name) })),
    ...texts('power').map((text): Change => {
      const [name, power] = pair('--power', text);
      return { type: 'power', validator: find(validators, name), power: whole('--power', power) };
    }),
    ...texts('witness').map((text): Change => {
      const [name, witness] = pair('--witness', text);
      return { type: 'witness', validator: find(validators, name), witness: address('--witness', witness) };
    }),
  ];
  for (const type of ['periodLimit', 'periodLength'] as const)
    if (flags[type] !== undefined) changes.push({ type, value: BigInt(flags[type] as number) });
  if (changes.length === 0)
    throw usage('say what is to change: --add, --remove, --power, --witness, --period-limit, --period-length');
  return changes;
}

/** The motion behind a digest, or behind the beginning of one. Throws MOTION_UNKNOWN, MOTION_FORGED, USAGE. */
export function motionOf(
  motions: MotionAnswers,
  name: string,
): { readonly id: Hex; readonly motion: Motion; readonly answer: MotionAnswer } {
  const found = Object.entries(motions).filter(([id]) => id.startsWith(name.toLowerCase()));
  if (found.length > 1) throw usage(`${name} is the beginning of ${found.length} motions`);
  const [id, answer] = (found[0] ?? []) as [Hex?, MotionAnswer?];
  if (id === undefined || answer === undefined)
    throw new CodedError<MotionErrorCode>('MOTION_UNKNOWN', `the node knows no motion ${name} (see peg govern list)`);
  const motion = { expiry: BigInt(answer.expiry), changes: answer.changes.map(changeOf) };
  if (motionId(motion) === id) return { id, motion, answer };
  throw new CodedError<MotionErrorCode>('MOTION_FORGED', `what the node shows of motion ${id} is another motion`, { id });
}

/** The motion of nothing but this change that can still be voted on at peg height `height`. */
export function openMotionOf(motions: MotionAnswers, change: Change, height: bigint): Motion | undefined {
  for (const [id, { expiry, decision }] of Object.entries(motions)) {
    const motion = { expiry: BigInt(expiry), changes: [change] };
    if (decision === null && motion.expiry >= height && motionId(motion) === id) return motion;
  }
  return undefined;
}

/** One line a change, with the names of those it is about. */
export function changeLines(motion: Motion, validators: ValidatorViews): readonly string[] {
  return motion.changes.map((change) => changeLine(change, validators));
}

function changeLine(change: Change, validators: ValidatorViews): string {
  const called = (validator: Hex) => `${validators[validator]?.name ?? 'unknown'} (${validator})`;
  switch (change.type) {
    case 'add':
      return `add ${printable(change.name)} with power ${change.power}, witness ${change.witness}, consensus key ${to0x(change.publicKey)}`;
    case 'remove':
      return `remove ${called(change.validator)}`;
    case 'power':
      return `power of ${called(change.validator)}: ${validators[change.validator]?.power ?? '?'} to ${change.power}`;
    case 'witness':
      return `witness of ${called(change.validator)}: ${change.witness}`;
    case 'periodLimit':
    case 'periodLength':
      return `${change.type}: ${change.value} from the next round on`;
    case 'correction': {
      const { height, hash, nonce, ledger, balances } = change;
      const changed = listsText(balances.length);
      return `adopt the ledger at Ethereum block ${height} (${hash}): nonce ${nonce}, digest ${ledger}, ${changed} that change`;
    }
  }
}

/** A text that a single validator may have chosen, without characters by which it could change what a terminal shows. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd');
}

/** `1 list of balances`, `2 lists of balances`. */
export function listsText(count: number): string {
  return `${count} list${count === 1 ? '' : 's'} of balances`;
}

/** What has become of a motion. */
export function outcomeOf({ decision, conf, power, expiry }: MotionAnswer): string {
  if (decision === null) return `open until peg height ${expiry}: ${conf} in favour, with power ${power}`;
  return `${decision.outcome} at peg height ${decision.height}${decision.reason === null ? '' : ` (${decision.reason})`}`;
}

function changeOf(view: ChangeAnswer): Change {
  const { type, validator, power, witness, name, publicKey, value } = view;
  switch (type) {
    case 'add':
      return { type: 'add', publicKey: hex(publicKey, 32), power: BigInt(power), witness, name };
    case 'remove':
      return { type: 'remove', validator };
    case 'power':
      return { type: 'power', validator, power: BigInt(power) };
    case 'witness':
      return { type: 'witness', validator, witness };
    case 'periodLimit':
    case 'periodLength':
      return { type, value: BigInt(value) };
    case 'correction': {
      const { height, hash, nonce, accumulator, ledger, balances = [] } = view;
      return { type, height: BigInt(height), hash, nonce: BigInt(nonce), accumulator, ledger, balances };
    }
  }
}

function addition(text: string): Change {
  const [key = '', power = '', witness = '', ...name] = text.split(',');
  const publicKey = fromHex(key, 32) ?? Uint8Array.from(Buffer.from(key, 'base64'));
  if (publicKey.length !== 32 || name.length === 0)
    throw usage(`--add ${text}: expected KEY,POWER,WITNESS,NAME with a consensus key of 32 bytes in base64 or hex`);
  return { type: 'add', publicKey, power: whole('--add', power), witness: address('--add', witness), name: name.join(',') };
}

/** By name or consensus address. */
function find(validators: ValidatorViews, name: string): Hex {
  const found = Object.keys(validators).filter((one) => one === name.toLowerCase() || validators[one as Hex]?.name === name);
  if (found.length === 1) return found[0] as Hex;
  const known = Object.values(validators).map((one) => one.name);
  throw usage(found.length > 1 ? `${found.length} validators are called ${name}` : `no validator ${name} (${known.join(', ')})`);
}

function pair(flag: string, text: string): readonly [string, string] {
  const at = text.lastIndexOf('=');
  if (at <= 0) throw usage(`${flag} ${text}: expected VALIDATOR=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function whole(flag: string, text: string): bigint {
  if (!/^[0-9]{1,18}$/.test(text)) throw usage(`${flag}: "${text}" is not a power`);
  return BigInt(text);
}

function address(flag: string, text: string): Hex {
  const bytes = text.startsWith('0x') ? fromHex(text, 20) : undefined;
  if (bytes === undefined) throw usage(`${flag}: "${text}" is not an address: 0x and 40 hex digits`);
  if (!isAddress(text)) throw usage(`${flag}: ${text} has a wrong checksum (EIP-55): a digit is not what it was`);
  return to0x(bytes);
}

function usage(message: string): CodedError<CliErrorCode> {
  return new CodedError<CliErrorCode>('USAGE', message);
}
