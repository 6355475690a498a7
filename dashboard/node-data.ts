// What the page knows of its node: the documents of the interface, read again every second, whether the last try succeeded, and
// where head and final block have been since the page was opened.

import { useEffect, useState } from 'preact/hooks';
import type { z } from 'zod';
import type {
  DomainDocument,
  limitsDocument,
  paramsDocument,
  pendingDocument,
  postTotalsDocument,
  StatusDocument,
  validatorsDocument,
  votesDocument,
} from '../relayer/client/documents.ts';

export type Votes = z.infer<typeof votesDocument>;

export interface NodeData {
  readonly status: StatusDocument;
  readonly votes: Votes;
  readonly events: z.infer<typeof pendingDocument>;
  readonly validators: z.infer<typeof validatorsDocument>;
  readonly limits: z.infer<typeof limitsDocument>['limits'];
  /** There are more posters than are shown. */
  readonly moreLimits: boolean;
  readonly params: z.infer<typeof paramsDocument>;
  readonly posts: z.infer<typeof postTotalsDocument>;
  readonly history: readonly Sample[];
}

/** What was known at one moment. */
export interface Sample {
  /** Seconds since the Unix epoch. */
  readonly at: number;
  readonly head: number | null;
  readonly final: number | null;
}

const POLL_MS = 1_000;
const TIMEOUT_MS = 5_000;
const MOST_SAMPLES = 600;
/** Posters that are shown; the interface gives them in order of address. */
const MOST_POSTERS = 200;

/** One document of the node's interface; rejects when there is none within five seconds. */
export async function read<T>(path: string): Promise<T> {
  const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return (await response.json()) as T;
}

async function readNode(history: NodeData['history']): Promise<NodeData> {
  const [status, votes, events, validators, limits, params, posts] = await Promise.all([
    read<NodeData['status']>('./status'),
    read<NodeData['votes']>('./votes'),
    read<NodeData['events']>('./events'),
    read<NodeData['validators']>('./validators'),
    read<z.infer<typeof limitsDocument>>(`./limits?limit=${MOST_POSTERS}`),
    read<NodeData['params']>('./params'),
    read<NodeData['posts']>('./posts'),
  ]);
  const sample = { at: Date.now() / 1000, head: status.ethereum.head, final: status.ethereum.matureEthBlock };
  return {
    ...{ status, votes, events, validators, params, posts },
    limits: limits.limits,
    moreLimits: limits.next !== null,
    history: [...history, sample].slice(-MOST_SAMPLES),
  };
}

/**
 * The last data, and why there is nothing newer; polls until the page is left. Heights, orders and the trusted header mean nothing
 * on another network: when one answers at the page's address, the page begins anew.
 */
export function useNode(): { readonly data: NodeData | undefined; readonly lost: string | undefined } {
  const [data, setData] = useState<NodeData>();
  const [lost, setLost] = useState<string>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let left = false;
    let history: NodeData['history'] = [];
    let network: string | undefined;
    const poll = async () => {
      try {
        const [news, { salt }] = await Promise.all([readNode(history), read<DomainDocument>('./domain')]);
        if (network !== undefined && salt !== network) return location.reload();
        network = salt;
        history = news.history;
        setData(news);
        setLost(undefined);
      } catch (error) {
        setLost(error instanceof Error ? error.message : String(error));
      }
      if (!left) timer = setTimeout(poll, POLL_MS);
    };
    void poll();
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, []);
  return { data, lost };
}
