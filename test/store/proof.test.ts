import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { type Bytes, compareBytes, hex, textBytes, toHex } from '../../relayer/lib/bytes.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { sha256 } from '../../relayer/store/sha256.ts';
import type { ProofOperator, StateStore } from '../../relayer/store/state-store.ts';
import { PROOF_TYPE, verifyProof } from '../../relayer/store/verify-proof.ts';

const value = (n: number) => new Uint8Array(n % 5 === 0 ? 70 + n : n % 9).fill(n);

/** A store with `n` entries under keys of 3 bytes that share prefixes, and one key that is a prefix of others. */
async function storeOf(n: number): Promise<StateStore> {
  const store = openMemoryStore();
  const entries = Array.from({ length: n }, (_, i) => [Uint8Array.of(0x70, i % 3 === 0 ? 0xaa : i, i), value(i)] as const);
  store.stage([...entries, [Uint8Array.of(0x70), value(3)]]);
  await store.commit(1n);
  return store;
}

const proofData = (proof: readonly ProofOperator[]): Bytes => (proof[0] as ProofOperator).data;
const withData = (key: Bytes, data: Bytes): ProofOperator[] => [{ type: PROOF_TYPE, key, data }];

describe('proof', () => {
  for (const n of [0, 1, 31, 32, 200]) {
    it(`of ${n + 1} entries proves what is there and what is not, and fails when any bit is turned`, async () => {
      const store = await storeOf(n);
      const { root } = store;
      const keys = [
        Uint8Array.of(0x70),
        Uint8Array.of(0x70, 1, 1),
        Uint8Array.of(0x70, 1),
        new Uint8Array(0),
        hex('70aa00'),
        hex('70aa0001'),
        hex('ff'),
      ];
      for (const key of keys) {
        const there = store.reader().get(key);
        const data = proofData(store.prove(key));
        expect(verifyProof(withData(key, data), root, key, there), toHex(key)).to.equal(true);
        const accepted: string[] = [];
        for (let bit = 0; bit < 8 * data.length; bit++) {
          const turned = Uint8Array.from(data);
          turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7));
          for (const claim of [there, there ? undefined : value(7)]) {
            if (verifyProof(withData(key, turned), root, key, claim)) accepted.push(`bit ${bit} of ${toHex(key)}`);
          }
        }
        for (let length = 0; length < data.length; length++) {
          if (verifyProof(withData(key, data.subarray(0, length)), root, key, there))
            accepted.push(`${length} bytes of ${toHex(key)}`);
        }
        expect(accepted).to.deep.equal([]);
        expect(verifyProof(withData(key, Uint8Array.of(...data, 0)), root, key, there)).to.equal(false);
      }
    }).timeout(60_000);
  }

  it('is bound to its key, its root, its type and being the only one', async () => {
    const store = await storeOf(100);
    const key = Uint8Array.of(0x70, 1, 1);
    const proof = store.prove(key);
    const [operator] = proof as [ProofOperator];
    const right = store.reader().get(key) as Bytes;
    expect(verifyProof(proof, store.root, key, right)).to.equal(true);
    expect(verifyProof(proof, store.root, Uint8Array.of(0x70, 2, 2), right)).to.equal(false);
    expect(verifyProof([{ ...operator, key: hex('7002') }], store.root, hex('7002'), right)).to.equal(false);
    expect(verifyProof(proof, sha256(store.root), key, right)).to.equal(false);
    expect(verifyProof(proof, store.root.subarray(1), key, right)).to.equal(false);
    expect(verifyProof([], store.root, key, right)).to.equal(false);
    expect(verifyProof([operator, operator], store.root, key, right)).to.equal(false);
    expect(verifyProof([{ ...operator, type: 'ics23:iavl' }], store.root, key, right)).to.equal(false);
    const long = new Uint8Array(128);
    expect(verifyProof([{ ...operator, key: long }], store.root, long, undefined)).to.equal(false);
  });

  it('cannot pass the parts of one node off as another', async () => {
    const key = hex('62');
    const leaf = Uint8Array.of(0, 1, 0x62, 1, 9);
    const bucket = Uint8Array.of(2, 1, ...sha256(leaf));
    const store = openMemoryStore();
    store.stage([[key, Uint8Array.of(9)]]);
    await store.commit(1n);
    expect(toHex(store.root)).to.equal(toHex(sha256(bucket)));
    // A value whose bytes are a leaf or a bucket is still a value.
    const inner = openMemoryStore();
    inner.stage([[hex('61'), bucket]]);
    await inner.commit(1n);
    expect(verifyProof(withData(key, hex('02010002')), inner.root, key, Uint8Array.of(9))).to.equal(false);
    expect(verifyProof(withData(key, proofData(store.prove(key))), inner.root, key, Uint8Array.of(9))).to.equal(false);
  });

  it('holds for every version that is kept, each under its own root', async () => {
    const store = openMemoryStore({ keepVersions: 3 });
    const key = textBytes('balance');
    const roots: Bytes[] = [store.root];
    for (let v = 1; v <= 5; v++) {
      store.stage([[key, Uint8Array.of(v)]]);
      await store.commit(BigInt(v));
      roots.push(store.root);
    }
    for (const v of [3, 4, 5]) {
      expect(verifyProof(store.prove(key, BigInt(v)), roots[v] as Bytes, key, Uint8Array.of(v))).to.equal(true);
      expect(verifyProof(store.prove(key, BigInt(v)), roots[v] as Bytes, key, Uint8Array.of(v - 1))).to.equal(false);
      expect(verifyProof(store.prove(key, BigInt(v)), roots[v - 1] as Bytes, key, Uint8Array.of(v))).to.equal(false);
    }
  });

  it('has the bytes that the document shows', async () => {
    const store = openMemoryStore();
    const entries = Array.from({ length: 40 }, (_, i) => [Uint8Array.of(0x62, i), Uint8Array.of(i)] as const);
    store.stage(entries);
    await store.commit(1n);
    const data = proofData(store.prove(Uint8Array.of(0x62, 5)));
    const shown = readFileSync(new URL('../../docs/state.md', import.meta.url), 'utf8');
    for (const text of [toHex(store.root), toHex(data.subarray(0, 18)), toHex(sha256(Uint8Array.of(2, 0)))])
      expect(shown).to.contain(text);
  });

  it('needs no module that a browser lacks', () => {
    const seen = new Set<string>();
    const visit = (url: URL) => {
      if (seen.has(url.href)) return;
      seen.add(url.href);
      const text = readFileSync(url, 'utf8');
      for (const [, type, from] of text.matchAll(/^import (type )?[^;]*? from '([^']+)';/gms)) {
        if (type) continue;
        if ((from as string).startsWith('.')) visit(new URL(from as string, url));
        else expect(from).to.match(/^@noble\//);
      }
    };
    visit(new URL('../../relayer/store/verify-proof.ts', import.meta.url));
    expect([...seen].map((href) => href.split('/').at(-1)).sort()).to.deep.equal(['bytes.ts', 'layout.ts', 'verify-proof.ts']);
  });

  it('keeps a key below its depth apart from its neighbours whatever the keys are', async () => {
    // Anybody may choose keys: every one differs from the target in another nibble, which gives the longest way there is.
    const target = new Uint8Array(64).fill(0x5a);
    const keys: Bytes[] = [target];
    for (let nibble = 0; nibble < 128; nibble++) {
      for (let other = 1; other < 3; other++) {
        const key = Uint8Array.from(target);
        key[nibble >> 1] = (key[nibble >> 1] as number) ^ (nibble % 2 === 0 ? other << 4 : other);
        keys.push(key);
      }
    }
    const store = openMemoryStore();
    store.stage(keys.map((key) => [key, key] as const));
    await store.commit(1n);
    const proof = store.prove(target);
    expect(verifyProof(proof, store.root, target, target)).to.equal(true);
    expect(proofData(proof).length).to.be.lessThan(128 * (5 + 1 + 16 * 36));
    expect([...store.reader().scan(new Uint8Array(0))].map(([key]) => toHex(key))).to.deep.equal(
      keys.sort(compareBytes).map((key) => toHex(key)),
    );
  });
});
