// What the `govern` commands share: reading the set and its motions, and sending what a validator's witness key signs.

import { includeTransaction } from '../comet/include-transaction.ts';
import type { CometClient } from '../comet/rpc-client.ts';
import type { Bytes, Hex } from '../lib/bytes.ts';
import { systemClock } from '../lib/clock.ts';
import { CodedError } from '../lib/errors.ts';
import { addressOf } from '../lib/secp256k1.ts';
import { signTransaction } from '../peg/sign-transaction.ts';
import type { ContestTx, Domain, GovernTx } from '../peg/types.ts';
import { readDomain } from '../witness/peg-view.ts';
import type { Flags, Terminal } from './command.ts';
import type { MotionAnswers, ValidatorViews } from './motions.ts';
import { readWitnessKey } from './witness-signer.ts';

/** `GOVERN_REFUSED`: the network did not take it; the message says which of its rules is against it. `NOT_A_VALIDATOR`. */
export type GovernErrorCode = 'GOVERN_REFUSED' | 'NOT_A_VALIDATOR';

/** The validator that signs, and with what. */
export interface Speaker {
  /** Consensus address. */
  readonly validator: Hex;
  readonly name: string;
  readonly key: Bytes;
  readonly domain: Domain;
}

export interface SentVoice {
  /** Consensus address of the validator who signed. */
  readonly validator: Hex;
  readonly name: string;
  /** Peg height of the block that holds it. */
  readonly height: number;
}

export async function readValidators(client: CometClient, { signal }: Terminal): Promise<ValidatorViews> {
  return (await client.query('/validators', signal)) as ValidatorViews;
}

export async function readMotions(client: CometClient, { signal }: Terminal): Promise<MotionAnswers> {
  return (await client.query('/motions', signal)) as MotionAnswers;
}

/** The validator whose key the flags name. Throws NOT_A_VALIDATOR, USAGE and the codes of key files. */
export async function openSpeaker(client: CometClient, flags: Flags, terminal: Terminal): Promise<Speaker> {
  const { network } = await client.status(terminal.signal);
  const key = await readWitnessKey(flags, terminal, network);
  const witness = addressOf(key);
  const validators = await readValidators(client, terminal);
  const [validator, own] = Object.entries(validators).find(([, one]) => one.active && one.witness === witness) ?? [];
  if (validator === undefined || own === undefined)
    throw new CodedError<GovernErrorCode>('NOT_A_VALIDATOR', `${witness} is not the witness of a current validator`);
  return { validator: validator as Hex, name: own.name, key, domain: await readDomain(client, terminal.signal) };
}

/** Signs with the speaker's next sequence, sends, and waits for the block. Throws GOVERN_REFUSED. */
export async function speak(
  client: CometClient,
  { validator, name, key, domain }: Speaker,
  terminal: Terminal,
  voice: Omit<GovernTx, 'sequence'> | Omit<ContestTx, 'sequence'>,
): Promise<SentVoice> {
  const said = (await readValidators(client, terminal))[validator]?.governSequence ?? 0;
  const tx = signTransaction(domain, { ...voice, sequence: BigInt(said) + 1n }, key);
  const { height, ...verdict } = await includeTransaction(client, tx, systemClock, terminal.signal);
  if (verdict.code !== 0 || height === undefined) throw governRefused(verdict);
  return { validator, name, height };
}

/** Signs with the key that the flags name, sends, and waits for the block. */
export async function sendVoice(
  client: CometClient,
  flags: Flags,
  terminal: Terminal,
  voice: Omit<GovernTx, 'sequence'> | Omit<ContestTx, 'sequence'>,
): Promise<SentVoice> {
  return speak(client, await openSpeaker(client, flags, terminal), terminal, voice);
}

/** GOVERN_REFUSED, from the verdict of the peg. */
export function governRefused(verdict: { readonly code: number; readonly codespace: string; readonly log: string }) {
  const { code, codespace, log } = verdict;
  return new CodedError<GovernErrorCode>('GOVERN_REFUSED', `refused (${codespace} ${code}): ${log}`, { code, codespace });
}
