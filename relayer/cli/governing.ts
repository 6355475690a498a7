// What the `govern` commands share: reading the set, and sending what a validator's witness key signs.

import type { CometClient } from '../comet/rpc-client.ts';
import type { Hex } from '../lib/bytes.ts';
import { CodedError } from '../lib/errors.ts';
import { addressOf } from '../lib/secp256k1.ts';
import { signTransaction } from '../peg/sign-transaction.ts';
import type { ContestTx, GovernTx } from '../peg/types.ts';
import { readDomain } from '../witness/peg-view.ts';
import type { Flags, Terminal } from './command.ts';
import type { ValidatorViews } from './motions.ts';
import { readWitnessKey } from './witness-signer.ts';

/** `GOVERN_REFUSED`: the network did not take it; the message says which of its rules is against it. `NOT_A_VALIDATOR`. */
export type GovernErrorCode = 'GOVERN_REFUSED' | 'NOT_A_VALIDATOR';

export interface SentVoice {
  /** Consensus address of the validator who signed. */
  readonly validator: Hex;
  readonly name: string;
  /** Peg height of the block that holds it. */
  readonly height: number;
}

export async function readValidators(client: CometClient, terminal: Terminal): Promise<ValidatorViews> {
  return (await client.query('/validators', terminal.signal)) as ValidatorViews;
}

/** Signs with the key that the flags name, sends, and waits for the block. */
export async function sendVoice(
  client: CometClient,
  flags: Flags,
  terminal: Terminal,
  voice: Omit<GovernTx, 'sequence'> | Omit<ContestTx, 'sequence'>,
): Promise<SentVoice> {
  const { network } = await client.status(terminal.signal);
  const key = await readWitnessKey(flags, terminal, network);
  const witness = addressOf(key);
  const validators = (await readValidators(client, terminal)) as Readonly<
    Record<Hex, ValidatorViews[Hex] & { readonly witness: Hex }>
  >;
  const [validator, own] = Object.entries(validators).find(([, one]) => one.active && one.witness === witness) ?? [];
  if (validator === undefined || own === undefined)
    throw new CodedError<GovernErrorCode>('NOT_A_VALIDATOR', `${witness} is not the witness of a current validator`);
  const domain = await readDomain(client, terminal.signal);
  const tx = signTransaction(domain, { ...voice, sequence: BigInt(own.governSequence) + 1n }, key);
  const { checkTx, txResult, height } = await client.broadcastCommit(tx, terminal.signal);
  const refusal = [checkTx, txResult].find(({ code }) => code !== 0);
  if (refusal === undefined) return { validator: validator as Hex, name: own.name, height };
  const { code, codespace, log } = refusal;
  throw new CodedError<GovernErrorCode>('GOVERN_REFUSED', `refused (${codespace} ${code}): ${log}`, { code, codespace });
}
