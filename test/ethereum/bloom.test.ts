import { expect } from 'chai';
import fc from 'fast-check';
import { bloomBits, bloomFilter, inBloom } from '../../relayer/ethereum/bloom.ts';
import { STAKE_TOPICS } from '../../relayer/ethereum/stake-logs.ts';
import { to0x } from '../../relayer/lib/bytes.ts';
import { CONTRACT, FakeEthereum, STRANGER } from '../helpers/fake-ethereum.ts';
import { add } from '../helpers/staking-history.ts';

const mayHold = bloomFilter(CONTRACT, STAKE_TOPICS);
const item = fc.uint8Array({ minLength: 20, maxLength: 32 });

describe('log bloom', () => {
  it('never denies what was put in', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), (items) => {
        const bloom = new Uint8Array(256);
        for (const bits of items.map(bloomBits)) for (const [byte, mask] of bits) bloom[byte] = (bloom[byte] as number) | mask;
        expect(items.every((one) => inBloom(bloom, bloomBits(one)))).to.equal(true);
      }),
    );
  });

  it('sets at most three bits an item, and denies everything when empty', () => {
    fc.assert(
      fc.property(item, (one) => {
        expect(bloomBits(one)).to.have.length(3);
        expect(inBloom(new Uint8Array(256), bloomBits(one))).to.equal(false);
      }),
    );
  });

  it('agrees with blooms made by another implementation', async () => {
    const chain = await FakeEthereum.start();
    const bloomOf = async (request: Parameters<FakeEthereum['add']>[0]) =>
      (await chain.add(request)).json.logsBloom as `0x${string}`;
    expect(mayHold(await bloomOf({}))).to.equal(false);
    expect(mayHold(await bloomOf({ strangers: 3 })), 'the topic alone is not enough').to.equal(false);
    expect(mayHold(await bloomOf({ events: [add('A', 1n)] }))).to.equal(true);
    expect(mayHold(await bloomOf({ bloomLies: true }))).to.equal(true);
  });

  it('asks for the contract and one of the topics', () => {
    const of = (...items: readonly Uint8Array[]) => {
      const bloom = new Uint8Array(256);
      for (const [byte, mask] of items.flatMap((one) => [...bloomBits(one)])) bloom[byte] = (bloom[byte] as number) | mask;
      return to0x(bloom);
    };
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text.slice(2), 'hex'));
    expect(mayHold(of(bytes(CONTRACT)))).to.equal(false);
    expect(mayHold(of(bytes(STRANGER), bytes(STAKE_TOPICS[0] as string)))).to.equal(false);
    for (const topic of STAKE_TOPICS) expect(mayHold(of(bytes(CONTRACT), bytes(topic)))).to.equal(true);
  });
});
