import { expect } from 'chai';
import {
  bigintToBytes,
  bytesToBigint,
  compareBytes,
  concatBytes,
  equalBytes,
  fromHex,
  hex,
  textBytes,
  to0x,
} from '../../relayer/lib/bytes.ts';
import { systemClock, VirtualClock } from '../../relayer/lib/clock.ts';
import { CodedError, describe as describeError, hasCode } from '../../relayer/lib/errors.ts';
import { Lifecycle } from '../../relayer/lib/lifecycle.ts';
import { backoffMs, retry } from '../../relayer/lib/retry.ts';

describe('bytes', () => {
  it('reads and writes hex strictly', () => {
    expect(to0x(hex('0x00ffAB'))).to.equal('0x00ffab');
    for (const wrong of ['0', '0x0', 'zz', '0x0g', ' 00', '00\n']) expect(fromHex(wrong), wrong).to.equal(undefined);
    expect(fromHex('0011', 3)).to.equal(undefined);
    expect(() => hex('001')).to.throw(RangeError);
  });

  it('orders bytewise, a prefix first', () => {
    expect(compareBytes(hex('01'), hex('0100'))).to.be.lessThan(0);
    expect(compareBytes(hex('02'), hex('0100'))).to.be.greaterThan(0);
    expect(equalBytes(concatBytes(hex('01'), hex('02')), hex('0102'))).to.equal(true);
    expect(equalBytes(hex('01'), hex('0100'))).to.equal(false);
  });

  it('keeps integers exact and refuses what does not fit', () => {
    expect(to0x(bigintToBytes(2n ** 256n - 1n, 32))).to.equal(`0x${'ff'.repeat(32)}`);
    expect(bytesToBigint(new Uint8Array(0))).to.equal(0n);
    expect(bytesToBigint(textBytes('a'))).to.equal(97n);
    expect(() => bigintToBytes(256n, 1)).to.throw(RangeError);
    expect(() => bigintToBytes(-1n, 1)).to.throw(RangeError);
  });
});

describe('clock', () => {
  it('wakes virtual sleepers in order of their time and lets them run in between', async () => {
    const clock = new VirtualClock(1000);
    const seen: string[] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      seen.push(`${name}@${clock.now()}`);
      if (name === 'a') await sleeper('c', 5);
    };
    const all = [sleeper('b', 20), sleeper('a', 10), sleeper('d', 10)];
    await clock.advance(15);
    expect(seen).to.deep.equal(['a@1010', 'd@1010', 'c@1015']);
    await clock.advance(5);
    await Promise.all(all);
    expect(seen.at(-1)).to.equal('b@1020');
  });

  for (const [name, clock] of [
    ['virtual', new VirtualClock()],
    ['system', systemClock],
  ] as const) {
    it(`a ${name} sleep ends with the signal's reason`, async () => {
      const stop = new AbortController();
      const slept = clock.sleep(1e9, stop.signal).catch((error: unknown) => error);
      stop.abort(new Error('enough'));
      expect(await slept).to.have.property('message', 'enough');
      expect(await clock.sleep(1, stop.signal).catch((error: unknown) => error)).to.have.property('message', 'enough');
    });
  }

  it('sleeps on the system clock', async () => {
    const before = systemClock.now();
    await systemClock.sleep(5, new AbortController().signal);
    expect(systemClock.now() - before).to.be.greaterThan(3);
  });
});

describe('errors', () => {
  it('carry a code and describe their causes', () => {
    const error = new CodedError('DISK_FULL', 'cannot write', { file: 'a' }, { cause: new Error('no space') });
    expect(hasCode(error)).to.equal(true);
    expect(hasCode(error, 'DISK_FULL')).to.equal(true);
    expect(hasCode(error, 'OTHER')).to.equal(false);
    expect(hasCode(new Error('x'))).to.equal(false);
    expect(describeError(error)).to.equal('cannot write: no space');
    expect(describeError(new TypeError(''))).to.equal('TypeError');
    expect(describeError('text')).to.equal('text');
  });
});

describe('retry', () => {
  const options = { attempts: 3, baseDelayMs: 100, maxDelayMs: 1000, random: () => 0.5 };

  it('waits longer each time, at most the maximum', () => {
    expect([1, 2, 3, 4, 5, 60].map((failures) => backoffMs(failures, options))).to.deep.equal([75, 150, 300, 600, 750, 750]);
  });

  it('gives the first success, the last failure, and no second try where none is worth it', async () => {
    const clock = new VirtualClock();
    const run = async <T>(promise: Promise<T>) => {
      const settled = promise.then(
        (value) => ({ value }),
        (error: Error) => ({ error }),
      );
      await clock.advance(10_000);
      return settled;
    };
    const failing = (until: number) => (attempt: number) =>
      attempt < until ? Promise.reject(new Error(`try ${attempt}`)) : Promise.resolve(attempt);
    expect(await run(retry(failing(3), { ...options, clock }))).to.deep.equal({ value: 3 });
    expect(await run(retry(failing(9), { ...options, clock }))).to.have.nested.property('error.message', 'try 3');
    const once = retry(failing(2), { ...options, clock, retryable: () => false });
    expect(await run(once)).to.have.nested.property('error.message', 'try 1');
    const signal = AbortSignal.abort(new Error('stopped'));
    expect(await run(retry(failing(1), { ...options, clock, signal }))).to.have.nested.property('error.message', 'stopped');
  });
});

describe('lifecycle', () => {
  it('closes in reverse, once, everything, and reports the first failure', async () => {
    const closed: string[] = [];
    const lifecycle = new Lifecycle();
    lifecycle.onClose('store', () => void closed.push('store'));
    lifecycle.onClose('server', () => {
      closed.push('server');
      throw new Error('busy');
    });
    lifecycle.onClose('witness', async () => void closed.push('witness'));
    const first = lifecycle.close();
    expect(lifecycle.close()).to.equal(first);
    const error = await first.catch((reason: unknown) => reason);
    expect(describeError(error)).to.equal('closing server failed: busy');
    expect(closed).to.deep.equal(['witness', 'server', 'store']);
  });
});
