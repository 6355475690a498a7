import { expect } from 'chai';
import type { IncludedTx } from '../../relayer/comet/answers.ts';
import { CometError } from '../../relayer/comet/errors.ts';
import { includeTransaction } from '../../relayer/comet/include-transaction.ts';
import { textBytes } from '../../relayer/lib/bytes.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { failure } from '../helpers/failure.ts';

const TAKEN = { code: 0, codespace: '', log: '', hash: 'AB' };
const IN_BLOCK: IncludedTx = { code: 0, codespace: '', log: '', events: [], height: 7, index: 0 };

/** A node that answers the looks for the transaction one after the other, the last one again and again. */
function node(checked: typeof TAKEN, ...looks: readonly (IncludedTx | undefined | 'unreachable')[]) {
  const left = [...looks];
  const asked: string[] = [];
  return {
    url: 'http://node',
    asked,
    broadcast: async () => checked,
    transaction: async (hash: string) => {
      asked.push(hash);
      const look = left.length > 1 ? left.shift() : left[0];
      if (look === 'unreachable') throw new CometError('PEG_UNREACHABLE', 'gone');
      return look;
    },
  };
}

const include = (client: ReturnType<typeof node>, patienceMs = 60_000, signal?: AbortSignal) =>
  includeTransaction(client, textBytes('tx'), systemClock, signal, patienceMs);

describe('a transaction that is waited for', () => {
  it('is looked for until a block holds it, also while the node is away', async () => {
    const client = node(TAKEN, undefined, 'unreachable', undefined, IN_BLOCK);
    expect(await include(client)).to.deep.include({ code: 0, height: 7 });
    expect(client.asked).to.deep.equal(['AB', 'AB', 'AB', 'AB']);
  });

  it('ends with the verdict of its block, or of the node that did not take it', async () => {
    expect(await include(node(TAKEN, { ...IN_BLOCK, code: 3, log: 'no' }))).to.deep.include({ code: 3, log: 'no', height: 7 });
    const client = node({ ...TAKEN, code: 5, log: 'never' }, IN_BLOCK);
    expect(await include(client)).to.deep.equal({ code: 5, codespace: '', log: 'never', height: undefined });
    expect(client.asked).to.deep.equal([]);
  });

  it('is named when no block holds it in time, or when nobody can tell', async () => {
    const late = await failure(include(node(TAKEN, undefined), 0));
    expect(late).to.have.property('code', 'PEG_TX_NOT_INCLUDED');
    expect(late).to.have.property('message').that.contains('http://node has taken transaction AB');
    expect(await failure(include(node(TAKEN, 'unreachable'), 0))).to.have.property('code', 'PEG_UNREACHABLE');
  });

  it('is given up with the signal of its caller', async () => {
    const stop = new AbortController();
    const given = failure(include(node(TAKEN, undefined), 60_000, stop.signal));
    stop.abort(new Error('enough'));
    expect(await given).to.have.property('message', 'enough');
  });
});
