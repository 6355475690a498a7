import { expect } from 'chai';
import { to0x } from '../../relayer/lib/bytes.ts';
import { addressOf } from '../../relayer/lib/secp256k1.ts';
import { CODES } from '../../relayer/peg/codes.ts';
import { type OpenedTransaction, openTransaction } from '../../relayer/peg/opening.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { signingDigest } from '../../relayer/peg/signing.ts';
import { encodeTransaction } from '../../relayer/peg/transaction.ts';
import type { Domain, PostTx } from '../../relayer/peg/types.ts';

const KEY = new Uint8Array(32).fill(7);
const domain = (): Domain => ({ chainId: 1n, verifyingContract: `0x${'c0'.repeat(20)}`, salt: `0x${'5a'.repeat(32)}` });
const order = (text: string): PostTx => ({ type: 'order', round: 1n, payload: new TextEncoder().encode(text) });

function opened(of: Domain, bytes: Uint8Array): OpenedTransaction {
  const result = openTransaction(of, bytes);
  if ('code' in result) throw new Error(result.log);
  return result;
}

describe('opening', () => {
  it('says who signed what, the second time as the first', () => {
    for (const size of [5, 5000]) {
      const of = domain();
      const post = order('x'.repeat(size));
      const bytes = signTransaction(of, post, KEY);
      const expected = { transaction: post, signer: addressOf(KEY), digest: signingDigest(of, post) };
      const [first, second] = [opened(of, bytes), opened(of, bytes)];
      expect(first).to.deep.equal(expected);
      expect(second).to.deep.equal(expected);
      expect(second === first, 'a large one is opened anew').to.equal(size < 1000);
      expect(opened(domain(), bytes) === first, 'whoever asks').to.equal(size < 1000);
    }
  });

  it('refuses size, form and signature with a code, again and again', () => {
    const of = domain();
    const unsigned = encodeTransaction({ transaction: order('a'), signature: new Uint8Array(65) });
    for (const [bytes, name] of [
      [new Uint8Array(262_145), 'TX_TOO_LARGE'],
      [new Uint8Array(0), 'TX_MALFORMED'],
      [unsigned, 'TX_BAD_SIGNATURE'],
      [unsigned, 'TX_BAD_SIGNATURE'],
    ] as const)
      expect(openTransaction(of, bytes)).to.deep.include({ code: CODES[name].code, codespace: 'tx' });
  });

  it('keeps domains apart and is not fooled by bytes that change afterwards', () => {
    const [one, other] = [domain(), { ...domain(), chainId: 2n }];
    const bytes = signTransaction(one, order('a'), KEY);
    expect(opened(one, bytes).signer).to.equal(addressOf(KEY));
    expect(opened(other, bytes).signer).to.not.equal(addressOf(KEY));
    const reused = Uint8Array.from(bytes);
    const first = opened(domain(), reused);
    reused.fill(0);
    expect(to0x((first.transaction as PostTx).payload)).to.equal('0x61');
    expect(openTransaction(one, reused)).to.have.property('codespace', 'tx');
  });

  it('remembers a bounded number', () => {
    const of = domain();
    const signature = signTransaction(of, order('a'), KEY).slice(-65);
    const nth = (i: number) => encodeTransaction({ transaction: order(`order ${i}`), signature });
    const first = opened(of, nth(0));
    for (let i = 1; i <= 4096; i++) openTransaction(of, nth(i));
    expect(opened(of, nth(0)), 'the old half').to.equal(first);
    for (let i = 4097; i <= 9000; i++) openTransaction(of, nth(i));
    const again = opened(of, nth(0));
    expect(again).to.not.equal(first);
    expect(again).to.deep.equal(first);
  });
});
