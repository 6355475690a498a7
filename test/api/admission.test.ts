// Orders on their way to the node: which travel together, how many may be underway, and what becomes of each.

import { expect } from 'chai';
import { Admission } from '../../relayer/api/admission.ts';
import { MOST_IN_BATCH } from '../../relayer/comet/rpc-client.ts';
import { type Bytes, textBytes } from '../../relayer/lib/bytes.ts';
import type { BroadcastResult } from '../../relayer/witness/peg-port.ts';
import { failure } from '../helpers/failure.ts';

type Settled = readonly PromiseSettledResult<BroadcastResult>[];

/** A request that the node has not answered yet. */
interface Request {
  readonly txs: readonly string[];
  answer(settled?: Settled): void;
  fail(error: Error): void;
}

const accepted = (tx: string): PromiseSettledResult<BroadcastResult> => ({
  status: 'fulfilled',
  value: { code: 0, codespace: '', log: '', hash: tx },
});

describe('admission of orders', () => {
  let requests: Request[];
  let admission: Admission;
  const client = {
    broadcastAll: (txs: readonly Bytes[]) =>
      new Promise<Settled>((resolve, reject) => {
        const names = txs.map((tx) => new TextDecoder().decode(tx.subarray(0, 10)));
        requests.push({ txs: names, answer: (settled = names.map(accepted)) => resolve(settled), fail: reject });
      }),
  };
  beforeEach(() => {
    requests = [];
    admission = new Admission(client, 500);
  });

  const { signal } = new AbortController();
  const submit = (...names: string[]) => names.map((name) => admission.submit(textBytes(name), signal));
  const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `${from + i}`);
  /** Answers what is sent, from that request on, until nothing more is. */
  const answerAll = async (from: number) => {
    for (let at = from; ; ) {
      await turn();
      if (at === requests.length) return;
      for (; at < requests.length; at++) requests[at]?.answer();
    }
  };
  const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  it('sends what came together in one request, in order', async () => {
    const results = submit('a', 'b', 'c');
    await turn();
    expect(requests.map(({ txs }) => txs)).to.deep.equal([['a', 'b', 'c']]);
    requests[0]?.answer();
    expect((await Promise.all(results)).map(({ hash }) => hash)).to.deep.equal(['a', 'b', 'c']);
  });

  it('lets others gather while a request is underway, until they fill one', async () => {
    const all = submit('first');
    await turn();
    all.push(...submit(...numbered(MOST_IN_BATCH - 1)));
    await turn();
    expect(requests, 'not full yet').to.have.length(1);
    all.push(...submit('last'));
    await turn();
    expect(requests[1]?.txs).to.deep.equal([...numbered(MOST_IN_BATCH - 1), 'last']);
    all.push(...submit('rest'));
    await turn();
    expect(requests).to.have.length(2);
    requests[0]?.answer();
    await turn();
    expect(requests, 'another is underway still').to.have.length(2);
    requests[1]?.answer();
    await turn();
    expect(requests[2]?.txs).to.deep.equal(['rest']);
    requests[2]?.answer();
    await Promise.all(all);
  });

  it('keeps a request within what a node reads', async () => {
    const large = Array.from({ length: 5 }, (_, i) => {
      const tx = new Uint8Array(262_144);
      tx.set(textBytes(`${i}`.repeat(10)));
      return admission.submit(tx, signal);
    });
    for (let answered = 0; answered < 3; answered++) {
      await turn();
      requests[answered]?.answer();
    }
    expect(requests.map(({ txs }) => txs.length)).to.deep.equal([2, 2, 1]);
    await Promise.all(large);
  });

  it('refuses what is too much at once, and takes more when something was answered', async () => {
    admission.expectRoom();
    const underway = submit(...numbered(500));
    expect(() => admission.expectRoom())
      .to.throw()
      .with.property('code', 'API_BUSY');
    const [refused] = submit('too much');
    expect(await failure(refused as Promise<unknown>)).to.have.property('code', 'API_BUSY');
    await turn();
    requests[0]?.answer();
    await Promise.all(underway.slice(0, MOST_IN_BATCH));
    underway.push(...submit('more'));
    await answerAll(1);
    expect(await underway.at(-1)).to.include({ hash: 'more' });
    await Promise.all(underway);
  });

  it('has a bounded number of requests underway', async () => {
    admission = new Admission(client, 10_000);
    const all = submit(...numbered(1_000));
    await turn();
    expect(requests).to.have.length(32);
    await answerAll(0);
    expect((await Promise.all(all)).map(({ hash }) => hash)).to.deep.equal(numbered(1_000));
  });

  it('gives each its own outcome, and all of them the failure of their request', async () => {
    const results = submit('good', 'bad');
    await turn();
    const reason = new Error('full');
    requests[0]?.answer([accepted('good'), { status: 'rejected', reason }]);
    expect(await results[0]).to.include({ hash: 'good' });
    expect(await failure(results[1] as Promise<unknown>)).to.equal(reason);
    const lost = submit('x', 'y');
    await turn();
    requests[1]?.fail(reason);
    expect(await Promise.all(lost.map(failure))).to.deep.equal([reason, reason]);
    const [next] = submit('next');
    await turn();
    requests[2]?.answer();
    expect(await next).to.include({ hash: 'next' });
  });

  it('does not send what nobody waits for any more', async () => {
    const gone = new AbortController();
    const [first] = submit('first');
    await turn();
    const left = admission.submit(textBytes('left'), gone.signal);
    const [stays] = submit('stays');
    const reason = new Error('the client has gone');
    gone.abort(reason);
    requests[0]?.answer();
    expect(await failure(left)).to.equal(reason);
    await first;
    await turn();
    expect(requests[1]?.txs).to.deep.equal(['stays']);
    requests[1]?.answer();
    await stays;
  });
});
