// The orders of a load test: nine of ten are right, each tenth is wrong in one of four ways.

import { stakerWallet } from '../../relayer/devnet/stakers.ts';
import { hex, textBytes, to0x } from '../../relayer/lib/bytes.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import type { Domain } from '../../relayer/peg/types.ts';

export interface Offer {
  readonly tx: string;
  /** Undefined: the order is right. */
  readonly refusal?: { readonly status: number; readonly type: string };
}

/** Those who have a limit; one more has none. */
const STAKERS = 4;
const WRONG = 10;

export const isRight = (number: number) => number % WRONG !== WRONG - 1;

/** Makes the offers of one node by their numbers. */
export function offersTo(domain: Domain): (number: number) => Offer {
  const keys = Array.from({ length: STAKERS + 1 }, (_, i) => hex(stakerWallet(i).privateKey));
  const sign = (staker: number, number: number, round = 1n) =>
    to0x(signTransaction(domain, { type: 'order', round, payload: textBytes(`order ${number}`) }, keys[staker] as Uint8Array));
  const refused = (tx: string, status: number, name: string) => ({ tx, refusal: { status, type: `urn:peg:refused:${name}` } });
  return (number) => {
    if (isRight(number)) return { tx: sign(number % STAKERS, number) };
    const kind = Math.floor(number / WRONG) % 4;
    if (kind === 0) return refused(sign(0, number, 2n), 409, 'order_round');
    if (kind === 1) return refused(sign(STAKERS, number), 403, 'order_unknown_poster');
    if (kind === 2) return refused('0xc0', 400, 'tx_malformed');
    return refused(`${sign(0, number).slice(0, -2)}00`, 400, 'tx_bad_signature');
  };
}

/** The number in an order's payload. */
export function numberOf(payload: string): number {
  return Number(Buffer.from(payload.slice(2), 'hex').toString().slice('order '.length));
}
