// The audit: every event is read from Ethereum again, folded and added up, then compared with the peg's ledger and with the
// contract's own books, all as of the last final block.

import type { CometClient } from '../comet/rpc-client.ts';
import { compareWithContract } from '../devnet/contract-ledger.ts';
import type { StateDocument } from '../devnet/result.ts';
import { openEthereum } from '../ethereum/open-ethereum.ts';
import { openRpc } from '../ethereum/rpc.ts';
import type { EthereumView, StakeLog } from '../ethereum/types.ts';
import type { Hex } from '../lib/bytes.ts';
import { systemClock } from '../lib/clock.ts';
import { CodedError } from '../lib/errors.ts';
import { silentLog } from '../lib/log.ts';
import { foldEvent } from '../peg/fold.ts';
import type { Commitment } from '../peg/types.ts';
import type { Terminal } from './command.ts';

/** `AUDIT_FAILED`: the ledger is not what the events add up to. `NOTHING_FINAL`: the first round has not begun. */
export type AuditErrorCode = 'AUDIT_FAILED' | 'NOTHING_FINAL';

export interface AuditReport {
  readonly contract: Hex;
  readonly block: number;
  readonly events: number;
  readonly nonce: number;
  readonly accumulator: Hex;
  readonly balances: number;
  /** Base units, decimal. */
  readonly staked: string;
}

interface Watched {
  readonly stakingContract: Hex;
  readonly chainId: number;
  readonly startBlock: number;
}

const RANGE = 256n;

/** Throws AUDIT_FAILED or LEDGER_MISMATCH, naming the first difference. */
export async function auditLedger(client: CometClient, ethereumUrl: string, terminal: Terminal): Promise<AuditReport> {
  const state = (await client.query('/state', terminal.signal)) as StateDocument;
  const watched = (await client.query('/ethereum', terminal.signal)) as Watched;
  if (state.matureEthBlock === null)
    throw new CodedError<AuditErrorCode>('NOTHING_FINAL', 'nothing is final yet: the first round has not begun');
  const genesis = (await client.genesis(terminal.signal)) as {
    app_state: { snapshot?: { nonce: number | string; accumulator: Hex; balances: Record<Hex, string> } };
  };
  const { snapshot } = genesis.app_state;
  const ledger = new Map(
    Object.entries(snapshot?.balances ?? {}).map(([staker, balance]) => [staker.toLowerCase() as Hex, BigInt(balance)]),
  );
  const start: Commitment = { nonce: BigInt(snapshot?.nonce ?? 0), accumulator: snapshot?.accumulator ?? `0x${'00'.repeat(32)}` };

  const ethereum = await openEthereum(
    {
      url: ethereumUrl,
      contract: watched.stakingContract,
      chainId: BigInt(watched.chainId),
      fold: foldEvent,
      finalityThreshold: 1n,
    },
    { log: silentLog, clock: systemClock, signal: terminal.signal },
  );
  try {
    const end = await foldAll(
      ethereum.view,
      { from: BigInt(watched.startBlock) + 1n, to: BigInt(state.matureEthBlock) },
      start,
      ledger,
      terminal,
    );
    compare(state, end, ledger);
  } finally {
    await ethereum.close();
  }
  const rpc = openRpc({ url: ethereumUrl });
  await compareWithContract(
    (method, params = []) => rpc.call(method, params as never, terminal.signal),
    watched.stakingContract,
    {
      ...state,
      accumulator: state.ethereum.accumulator,
    },
  );
  return {
    contract: watched.stakingContract,
    block: state.matureEthBlock,
    events: state.ethereum.nonce - Number(start.nonce),
    nonce: state.ethereum.nonce,
    accumulator: state.ethereum.accumulator,
    balances: Object.keys(state.balances).length,
    staked: Object.values(state.balances)
      .reduce((sum, balance) => sum + BigInt(balance), 0n)
      .toString(),
  };
}

async function foldAll(
  view: EthereumView,
  range: { readonly from: bigint; readonly to: bigint },
  start: Commitment,
  ledger: Map<Hex, bigint>,
  terminal: Terminal,
): Promise<Commitment> {
  let commitment = start;
  for (let from = range.from; from <= range.to; from += RANGE) {
    const to = from + RANGE - 1n < range.to ? from + RANGE - 1n : range.to;
    for (const { header, logs } of await view.blocks(from, to, terminal.signal)) {
      for (const log of logs) {
        commitment = foldEvent(commitment, header.number, log);
        apply(ledger, log);
      }
    }
    if (range.to - range.from > 10n * RANGE)
      terminal.err(`audit: ${to - range.from + 1n} of ${range.to - range.from + 1n} blocks`);
  }
  return commitment;
}

function apply(ledger: Map<Hex, bigint>, { kind, staker, amount }: StakeLog): void {
  const balance = (ledger.get(staker) ?? 0n) + (kind === 'add' ? amount : -amount);
  if (balance === 0n) ledger.delete(staker);
  else ledger.set(staker, balance);
}

function compare(state: StateDocument, end: Commitment, ledger: ReadonlyMap<Hex, bigint>): void {
  const failed = (message: string) => new CodedError<AuditErrorCode>('AUDIT_FAILED', message);
  const { nonce, accumulator } = state.ethereum;
  if (BigInt(nonce) !== end.nonce)
    throw failed(`the peg has applied ${nonce} events, Ethereum has ${end.nonce} up to block ${state.matureEthBlock}`);
  if (accumulator !== end.accumulator)
    throw failed(`the peg's accumulator is ${accumulator}, the events fold to ${end.accumulator}`);
  for (const staker of new Set([...ledger.keys(), ...(Object.keys(state.balances) as Hex[])])) {
    const [peg, events] = [state.balances[staker] ?? '0', (ledger.get(staker) ?? 0n).toString()];
    if (peg !== events) throw failed(`the peg has ${peg} for ${staker}, the events add up to ${events}`);
  }
}
