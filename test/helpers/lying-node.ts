// A node between a client and a real node that changes answers as a test tells it to.

import { type StubCall, type StubNode, startStubNode } from './stub-node.ts';

// biome-ignore lint/suspicious/noExplicitAny: the answers of a node, which tests change at will
export type Answer = any;

export interface LyingNode {
  readonly url: string;
  readonly calls: readonly StubCall[];
  /** Given each call and the honest `result` (a copy of its own), gives what is answered. */
  lie: (call: StubCall, result: Answer) => Answer;
  close(): Promise<void>;
}

/** Forwards JSON-RPC to the node at `target`; honest until `lie` is set. */
export async function startLyingNode(target: string): Promise<LyingNode> {
  const stub: StubNode = await startStubNode((call) => async (response) => {
    try {
      const answer = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', ...call }),
      });
      const body = (await answer.json()) as { result?: Answer };
      if (body.result !== undefined) body.result = lying.lie(call, body.result);
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    } catch {
      response.destroy();
    }
  });
  const lying: LyingNode = { url: stub.url, calls: stub.calls, lie: (_, result) => result, close: () => stub.close() };
  return lying;
}
