import { expect } from 'chai';
import { EthereumError, type EthereumErrorCode } from '../../relayer/ethereum/errors.ts';
import { firstOf } from '../../relayer/ethereum/hedge.ts';
import { gather } from '../../relayer/ethereum/quorum.ts';
import { VirtualClock } from '../../relayer/lib/clock.ts';
import { codeRejected } from '../helpers/error-code.ts';

/** What a candidate does: answers, hangs, or fails, after some time. */
interface Script {
  readonly name: string;
  readonly afterMs?: number;
  readonly hangs?: boolean;
  readonly fails?: EthereumErrorCode;
}

async function run(scripts: readonly Script[], ms: number, believedFrom = 2) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const given: string[] = [];
  const outrun: string[] = [];
  const ask = async ({ name, afterMs = 0, hangs, fails }: Script, signal: AbortSignal) => {
    asked.push(`${name} at ${clock.now()}`);
    signal.addEventListener('abort', () => given.push(name), { once: true });
    await clock.sleep(hangs ? 1e12 : afterMs, signal);
    if (fails !== undefined) throw new EthereumError(fails, name);
    return name;
  };
  const promise = firstOf(scripts, ask, {
    patienceMs: () => 100,
    onOutrun: ({ name }, duration) => outrun.push(`${name} ${duration}`),
    believedFrom,
    clock,
    signal: new AbortController().signal,
  });
  const outcome = promise.then(
    ({ result }) => result,
    (error: unknown) => codeRejected(Promise.reject(error)),
  );
  await clock.advance(ms);
  return { outcome: await outcome, asked, given, outrun };
}

describe('asking one after the other', () => {
  it('asks nobody else while the first is quick', async () => {
    expect((await run([{ name: 'a', afterMs: 99 }, { name: 'b' }], 1_000)).asked).to.deep.equal(['a at 0']);
  });

  it('asks the next when one hangs, and gives that one up as soon as there is an answer', async () => {
    const { outcome, asked, outrun, given } = await run(
      [{ name: 'a', hangs: true }, { name: 'b', afterMs: 20 }, { name: 'c' }],
      1_000,
    );
    expect([outcome, asked, outrun]).to.deep.equal(['b', ['a at 0', 'b at 100'], ['a 120']]);
    expect(given).to.include('a');
  });

  it('asks the next at once when one fails', async () => {
    const { outcome, asked } = await run([{ name: 'a', fails: 'ETH_UNREACHABLE' }, { name: 'b' }], 0);
    expect([outcome, asked]).to.deep.equal(['b', ['a at 0', 'b at 0']]);
  });

  it('takes the slow answer after all when the next one fails', async () => {
    const scripts = [
      { name: 'a', afterMs: 300 },
      { name: 'b', fails: 'ETH_TIMEOUT' as const },
    ];
    expect((await run(scripts, 1_000)).outcome).to.equal('a');
  });

  it('throws the first error when all fail', async () => {
    const scripts = (['ETH_TIMEOUT', 'ETH_UNREACHABLE', 'ETH_RECEIPTS_ROOT'] as const).map((fails) => ({ name: fails, fails }));
    const { outcome, asked } = await run(scripts, 1_000);
    expect(outcome).to.equal('ETH_TIMEOUT');
    expect(asked).to.have.length(3);
  });

  it('believes an answer that enough of them give, and asks no more', async () => {
    const refuses = { name: 'r', fails: 'ETH_REFUSED' as const };
    const { outcome, asked } = await run([refuses, refuses, { name: 'c' }], 1_000);
    expect(outcome).to.equal('ETH_REFUSED');
    expect(asked).to.have.length(2);
    expect((await run([refuses, { name: 'c' }], 1_000)).outcome).to.equal('c');
    expect((await run([refuses, refuses, { name: 'c' }], 1_000, 3)).outcome).to.equal('c');
  });

  it('asks nobody else about our own mistakes', async () => {
    const { outcome, asked } = await run([{ name: 'a', fails: 'ETH_BAD_RANGE' }, { name: 'b' }], 1_000);
    expect([outcome, asked.length]).to.deep.equal(['ETH_BAD_RANGE', 1]);
  });

  it('ends with the caller’s reason', async () => {
    const stop = new AbortController();
    const parts = { patienceMs: () => 100, believedFrom: 2, clock: new VirtualClock(), signal: stop.signal };
    const reason = new Error('enough');
    const hung = firstOf([1, 2], (_, signal) => parts.clock.sleep(1e12, signal), parts);
    stop.abort(reason);
    expect(await codeRejected(hung)).to.equal(reason);
    expect(await codeRejected(firstOf([1], async () => 1, parts))).to.equal(reason);
  });
});

describe('asking several for the same', () => {
  const says = (value: string) => async () => value;
  const fails = (code: EthereumErrorCode) => async () => {
    throw new EthereumError(code, code);
  };
  const hangs = (signal: AbortSignal) =>
    new Promise<string>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
  const { signal } = new AbortController();

  it('waits for enough equal answers, not for those that hang', async () => {
    expect(await gather([hangs, says('a'), says('a')], 2, signal)).to.deep.equal({ value: 'a', agreed: 2, asked: 2 });
    expect(await gather([says('b'), says('a'), says('a')], 2, signal)).to.include({ value: 'a', agreed: 2 });
  });

  it('tells who said what when there are not enough', async () => {
    expect(await gather([says('a'), says('b'), fails('ETH_TIMEOUT')], 2, signal))
      .to.have.property('said')
      .that.deep.equals(['a', 'b', undefined]);
    const none = await gather([fails('ETH_TIMEOUT'), fails('ETH_UNREACHABLE')], 1, signal);
    expect(none).to.have.property('error').with.property('code', 'ETH_TIMEOUT');
    expect(await gather([], 1, signal)).to.deep.equal({ said: [], error: undefined });
  });

  it('ends with the caller’s reason', async () => {
    const stop = new AbortController();
    const hung = gather([hangs], 1, stop.signal);
    stop.abort('enough');
    expect(await hung.catch((error: unknown) => error)).to.equal('enough');
  });
});
