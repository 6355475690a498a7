// What the page knows: two documents of the node's interface, read again every second, and whether the last try succeeded.

import { useEffect, useState } from 'preact/hooks';

export interface Vote {
  readonly hash: string;
  readonly nonce: number | null;
  readonly conf: number;
  readonly power: number;
  readonly voters: readonly string[];
  readonly missing: boolean;
}

export interface Validator {
  readonly name: string;
  readonly power: number;
  readonly active: boolean;
  readonly witnessedTo: number;
  readonly lastVoted: number;
  readonly totalVotes: number;
  readonly revisions: number;
}

export interface PendingEvent {
  readonly staker: string;
  readonly type: 'add' | 'remove';
  readonly amount: string;
  readonly conf: number;
  readonly power: number;
}

export interface State {
  readonly round: { readonly number: number; readonly startsAt: number; readonly endsAt: number; readonly limit: number };
  readonly events: Readonly<Record<string, Readonly<Record<string, PendingEvent>>>>;
  readonly votes: Readonly<Record<string, readonly Vote[]>>;
  readonly balances: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, { readonly orderLimit: number; readonly streamLimit: number }>>;
  readonly usage: Readonly<Record<string, { readonly orders: number; readonly streams: number }>>;
  readonly validators: Readonly<Record<string, Validator>>;
  readonly consensusParams: { readonly finalityThreshold: number; readonly confirmationThreshold: number };
  readonly orderCounter: number;
  readonly matureEthBlock: number | null;
  readonly lastBlockHeight: number;
}

export interface Status {
  readonly network: string;
  readonly node: string;
  readonly height: number;
  readonly ethereum: { readonly head: number | null; readonly nonce: number };
  readonly witness: { readonly state: string } | null;
  readonly alarms: readonly string[];
}

export interface Order {
  readonly type: 'order' | 'stream';
  readonly id: string;
  readonly poster: string;
  readonly round: number;
  readonly height: number;
  readonly size: number;
}

export interface NodeData {
  readonly state: State;
  readonly status: Status;
  readonly orders: readonly Order[];
}

const POLL_MS = 1_000;
const TIMEOUT_MS = 5_000;
const ORDERS_SHOWN = 12;

async function read<T>(path: string): Promise<T> {
  const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}

/** The last data, and why there is nothing newer; polls until the page is left. */
export function useNode(): { readonly data: NodeData | undefined; readonly lost: string | undefined } {
  const [data, setData] = useState<NodeData>();
  const [lost, setLost] = useState<string>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const poll = async () => {
      try {
        const [state, status, { orders }] = await Promise.all([
          read<State>('./state'),
          read<Status>('./status'),
          read<{ orders: readonly Order[] }>('./orders?limit=1000'),
        ]);
        setData({ state, status, orders: orders.slice(-ORDERS_SHOWN).reverse() });
        setLost(undefined);
      } catch (error) {
        setLost(error instanceof Error ? error.message : String(error));
      }
      timer = setTimeout(poll, POLL_MS);
    };
    void poll();
    return () => clearTimeout(timer);
  }, []);
  return { data, lost };
}
