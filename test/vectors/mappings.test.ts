import { expect } from 'chai';
import type { Hex } from '../../relayer/lib/bytes.ts';
import { constructMapping, mappingDigest } from '../../relayer/peg/mapping.ts';
import { limitsDigest, limitsOf } from '../helpers/sequential-model.ts';
import { readVectors } from './read-vectors.ts';

const { cases } = readVectors<{
  cases: { name: string; periodLimit: string; balances: Record<Hex, string>; mapping: [Hex, string, string][]; digest: Hex }[];
}>('mappings.json');

describe('vectors: mappings', () => {
  for (const { name, periodLimit, balances, mapping, digest } of cases) {
    it(name, () => {
      const entries = Object.entries(balances).map(([who, balance]) => [who as Hex, BigInt(balance)] as const);
      for (const order of [entries, entries.toReversed()]) {
        const made = constructMapping(order, BigInt(periodLimit));
        const plain = made.map(([who, { orderLimit, streamLimit }]) => [who, String(orderLimit), String(streamLimit)]);
        expect(plain).to.deep.equal(mapping);
        expect(mappingDigest(made)).to.equal(digest);
      }
      expect(limitsDigest(limitsOf(new Map(entries), BigInt(periodLimit))), 'the tests’ own mapping').to.equal(digest);
    });
  }
});
