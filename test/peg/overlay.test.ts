import { expect } from 'chai';
import fc from 'fast-check';
import { type Bytes, compareBytes, hex, toHex } from '../../relayer/lib/bytes.ts';
import { Overlay } from '../../relayer/peg/overlay.ts';
import type { StateReader } from '../../relayer/peg/types.ts';
import { MemoryState } from '../helpers/memory-state.ts';

function memory(entries: Record<string, string>): MemoryState {
  const state = new MemoryState();
  state.apply(Object.entries(entries).map(([key, value]) => [hex(key), hex(value)]));
  return state;
}

const scanned = (state: StateReader, prefix = '') =>
  [...state.scan(hex(prefix))].map(([key, value]) => `${toHex(key)}=${toHex(value)}`);
const changed = (overlay: Overlay) =>
  [...overlay.changes()].map(([key, value]) => `${toHex(key)}=${value === undefined ? 'gone' : toHex(value)}`);

describe('overlay', () => {
  it('reads through, writes and deletes without touching the base', () => {
    const base = memory({ '6201': '01', '6202': '02' });
    const overlay = new Overlay(base);
    overlay.set(hex('6201'), hex('aa'));
    overlay.delete(hex('6202'));
    overlay.set(hex('6203'), hex(''));
    expect(toHex(overlay.get(hex('6201')) as Bytes)).to.equal('aa');
    expect(overlay.get(hex('6202'))).to.equal(undefined);
    expect(overlay.get(hex('6203'))).to.deep.equal(new Uint8Array(0));
    expect(overlay.get(hex('7203'))).to.equal(undefined);
    expect(scanned(base)).to.deep.equal(['6201=01', '6202=02']);
    expect(scanned(overlay)).to.deep.equal(['6201=aa', '6203=']);
  });

  it('merges a scan in order of keys, a prefix before what it begins, high bytes last', () => {
    const overlay = new Overlay(memory({ '6200': '01', '62ff': '02', '6280ff': '03', '63': '04', '61': '05' }));
    for (const key of ['62', '627f', '6280', 'ff']) overlay.set(hex(key), hex('aa'));
    expect(scanned(overlay, '62')).to.deep.equal(['62=aa', '6200=01', '627f=aa', '6280=aa', '6280ff=03', '62ff=02']);
    expect(scanned(overlay, '6280')).to.deep.equal(['6280=aa', '6280ff=03']);
    expect(scanned(overlay).length).to.equal(9);
  });

  it('tells only what differs from the base', () => {
    const overlay = new Overlay(memory({ '6201': '01', '6202': '02', '6203': '03' }));
    overlay.set(hex('6201'), hex('01'));
    overlay.set(hex('6202'), hex('22'));
    overlay.delete(hex('6203'));
    overlay.delete(hex('6204'));
    overlay.set(hex('6105'), hex('05'));
    overlay.set(hex('6206'), hex('06'));
    overlay.delete(hex('6206'));
    expect(changed(overlay)).to.deep.equal(['6105=05', '6202=22', '6203=gone']);
  });

  it('a fork is kept by absorbing it and lost by dropping it', () => {
    const overlay = new Overlay(memory({ '6201': '01' }));
    const dropped = overlay.fork();
    dropped.delete(hex('6201'));
    const kept = overlay.fork();
    kept.set(hex('6202'), hex('02'));
    kept.delete(hex('6201'));
    overlay.set(hex('6203'), hex('03'));
    expect(scanned(kept)).to.deep.equal(['6202=02', '6203=03']);
    overlay.absorb(kept);
    expect(scanned(overlay)).to.deep.equal(['6202=02', '6203=03']);
    expect(changed(overlay)).to.deep.equal(['6201=gone', '6202=02', '6203=03']);
  });

  it('writes during a scan do not show in it', () => {
    const overlay = new Overlay(memory({ '6201': '01', '6202': '02' }));
    overlay.set(hex('6203'), hex('03'));
    const seen: string[] = [];
    for (const [key] of overlay.scan(hex('62'))) {
      seen.push(toHex(key));
      overlay.delete(key);
      overlay.set(hex(`62f${seen.length}`), hex('ff'));
    }
    expect(seen).to.deep.equal(['6201', '6202', '6203']);
    expect(scanned(overlay)).to.deep.equal(['62f1=ff', '62f2=ff', '62f3=ff']);
  });

  it('has one version of a table until somebody writes to it', () => {
    const overlay = new Overlay(memory({ '6201': '01' }));
    const [b, c] = [hex('62'), hex('63')];
    const first = overlay.version(b);
    overlay.set(hex('6301'), hex('01'));
    expect(overlay.version(b)).to.equal(first);
    const fork = overlay.fork();
    expect(fork.version(b), 'a fork that has not written').to.equal(first);
    fork.set(hex('6301'), hex('02'));
    expect(fork.version(b)).to.equal(first);
    expect(fork.version(c)).to.not.equal(overlay.version(c));
    fork.delete(hex('6201'));
    const forked = fork.version(b);
    expect(forked).to.not.equal(first);
    expect(fork.version(b)).to.equal(forked);
    expect(overlay.version(b), 'what a fork writes is its own').to.equal(first);
    overlay.absorb(fork);
    const second = overlay.version(b);
    expect(second).to.not.equal(first);
    const late = overlay.fork();
    overlay.set(hex('6202'), hex('02'));
    expect(overlay.version(b)).to.not.equal(second);
    expect(late.version(b), 'a fork shows what its base shows').to.equal(overlay.version(b));
  });

  it('behaves like a plain map through any writes, forks and scans', () => {
    const key = fc
      .uint8Array({ minLength: 0, maxLength: 3 })
      .map((bytes) => Uint8Array.from(bytes, (byte) => [0x61, 0x62, 0xfe][byte % 3] as number));
    const write = fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 2 }), { nil: undefined }), deep: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.uint8Array({ maxLength: 2 }))), fc.array(write), key, (before, writes, prefix) => {
        const base = new MemoryState();
        base.apply(before);
        const model = new Map(before.map(([at, value]) => [toHex(at), toHex(value)]));
        const overlay = new Overlay(base);
        const fork = overlay.fork();
        for (const { key: at, value, deep } of [...writes.filter((one) => !one.deep), ...writes.filter((one) => one.deep)]) {
          const target = deep ? fork : overlay;
          if (value === undefined) target.delete(at);
          else target.set(at, value);
          if (value === undefined) model.delete(toHex(at));
          else model.set(toHex(at), toHex(value));
        }
        const expected = [...model]
          .filter(([at]) => at.startsWith(toHex(prefix)))
          .sort(([a], [b]) => compareBytes(hex(a), hex(b)))
          .map(([at, value]) => `${at}=${value}`);
        expect(scanned(fork, toHex(prefix))).to.deep.equal(expected);
        overlay.absorb(fork);
        expect(scanned(overlay, toHex(prefix))).to.deep.equal(expected);
        base.apply(overlay.changes());
        expect(scanned(base, toHex(prefix))).to.deep.equal(expected);
      }),
    );
  });
});
