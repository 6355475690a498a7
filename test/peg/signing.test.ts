import { expect } from 'chai';
import { TypedDataEncoder, Wallet } from 'ethers';
import fc from 'fast-check';
import { concatBytes, type Hex, hex, to0x } from '../../relayer/lib/bytes.ts';
import { keccakHex } from '../../relayer/lib/keccak.ts';
import { addressOf } from '../../relayer/lib/secp256k1.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { networkDomain, orderId, postId, signingDigest, typedData } from '../../relayer/peg/signing.ts';
import { decodeTransaction } from '../../relayer/peg/transaction.ts';
import type { PostTx, Transaction } from '../../relayer/peg/types.ts';
import { runs, transaction } from '../helpers/peg-arbitraries.ts';

const KEY = hex('11'.repeat(32));
const NETWORK = {
  chainId: 31337n,
  stakingContract: `0x${'c0'.repeat(20)}` as Hex,
  pegChainId: 'peg-test',
  genesisTimeNs: 1_785_542_400_000_000_000n,
  genesisAppHash: `0x${'0a'.repeat(32)}` as Hex,
};
const DOMAIN = networkDomain(NETWORK);
const ORDER: PostTx = { type: 'order', round: 1n, payload: Uint8Array.of(1, 2, 3) };

describe('signing', () => {
  it('has the digest that ethers computes of the typed data', () => {
    fc.assert(
      fc.property(transaction, (one) => {
        const { domain, types, primaryType, message } = typedData(DOMAIN, one);
        expect(to0x(signingDigest(DOMAIN, one))).to.equal(TypedDataEncoder.hash(domain, types, message));
        expect(TypedDataEncoder.from(types).primaryType).to.equal(primaryType);
      }),
      runs(100),
    );
  });

  it('signs as any EIP-712 signer does', async () => {
    const wallet = new Wallet(to0x(KEY));
    const all: readonly Transaction[] = [
      ORDER,
      { ...ORDER, type: 'stream' },
      { type: 'witness', sequence: 1n, fromBlock: 5n, blocks: [{ hash: NETWORK.genesisAppHash }] },
      { type: 'events', height: 5n, before: { nonce: 0n, accumulator: NETWORK.genesisAppHash }, events: [] },
      { type: 'rebalance', round: 1n, startsAt: 0n, endsAt: 9n, mapping: NETWORK.genesisAppHash },
    ];
    for (const one of all) {
      const { domain, types, message } = typedData(DOMAIN, one);
      const { signature } = decodeTransaction(signTransaction(DOMAIN, one, KEY));
      expect(to0x(signature), one.type).to.equal(await wallet.signTypedData(domain, types, message));
    }
  });

  it('is worth nothing for another network, contract, kind or field', () => {
    const others = [
      { ...NETWORK, chainId: 1n },
      { ...NETWORK, stakingContract: `0x${'c1'.repeat(20)}` as Hex },
      { ...NETWORK, pegChainId: 'peg-other' },
      { ...NETWORK, genesisTimeNs: NETWORK.genesisTimeNs + 1n },
      { ...NETWORK, genesisAppHash: `0x${'0b'.repeat(32)}` as Hex },
    ].map((network) => to0x(signingDigest(networkDomain(network), ORDER)));
    const changed = [
      ORDER,
      { ...ORDER, type: 'stream' as const },
      { ...ORDER, round: 2n },
      { ...ORDER, payload: Uint8Array.of(1) },
    ];
    const all = [...others, ...changed.map((one) => to0x(signingDigest(DOMAIN, one)))];
    expect(new Set(all).size).to.equal(all.length);
    expect(to0x(signingDigest(networkDomain({ ...NETWORK }), ORDER)), 'the domain counts, not the object').to.equal(
      to0x(signingDigest(DOMAIN, ORDER)),
    );
  });

  it('names an order by its digest and poster', () => {
    const poster = addressOf(KEY);
    const digest = signingDigest(DOMAIN, ORDER);
    expect(orderId(DOMAIN, ORDER, poster)).to.equal(keccakHex(concatBytes(digest, hex(poster))));
    expect(postId(digest, poster)).to.equal(orderId(DOMAIN, ORDER, poster));
    expect(orderId(DOMAIN, ORDER, `0x${'01'.repeat(20)}`)).to.not.equal(orderId(DOMAIN, ORDER, poster));
  });
});
