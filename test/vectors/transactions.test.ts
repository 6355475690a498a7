import { expect } from 'chai';
import { TypedDataEncoder } from 'ethers';
import { type Hex, hex, to0x } from '../../relayer/lib/bytes.ts';
import { hasCode } from '../../relayer/lib/errors.ts';
import { recoverAddress } from '../../relayer/lib/secp256k1.ts';
import { signTransaction } from '../../relayer/peg/sign-transaction.ts';
import { balancesDigest } from '../../relayer/peg/ledger.ts';
import { MAX_MOTION_CHANGES, motionId } from '../../relayer/peg/motion.ts';
import { networkDomain, orderId, signingDigest, typedData } from '../../relayer/peg/signing.ts';
import { decodeTransaction, encodeTransaction, MAX_TX_BYTES, MAX_VOTE_BLOCKS } from '../../relayer/peg/transaction.ts';
import type { PostTx } from '../../relayer/peg/types.ts';
import { network, type RawNetwork, readVectors, sized, transaction } from './read-vectors.ts';

interface Case {
  readonly name: string;
  readonly type: string;
  readonly fields: Record<string, unknown>;
  readonly privateKey: Hex;
  readonly signer: Hex;
  readonly digest: Hex;
  readonly signature: Hex;
  readonly encoded: Hex;
  readonly orderId?: Hex;
  readonly motion?: Hex;
}

const vectors = readVectors<{ network: RawNetwork; types: Record<string, string>; cases: Case[]; networks: { name: string; network: RawNetwork; digest: Hex }[] }>('transactions.json');
const domains = readVectors<{ cases: { name: string; network: RawNetwork; salt: Hex; separator: Hex }[] }>('domains.json');
const malformed = readVectors<{
  cases: { name: string; encoded: Hex; code: string }[];
  sized: { name: string; head: Hex; fill: Hex; repeat: number; tail: Hex; code: string | null }[];
}>('malformed.json');
const signatures = readVectors<{
  network: RawNetwork;
  type: string;
  fields: Record<string, unknown>;
  digest: Hex;
  accepted: { signature: Hex; signer: Hex };
  others: { name: string; signature: Hex; signer: Hex }[];
  refused: { name: string; signature: Hex; encoded: Hex }[];
}>('signatures.json');

/** The code that decoding refuses with; `decoded` when it does not. Anything but a coded error is a defect and is thrown. */
function refusal(bytes: Uint8Array): string {
  try {
    decodeTransaction(bytes);
    return 'decoded';
  } catch (error) {
    if (hasCode(error)) return error.code;
    throw error;
  }
}

describe('vectors: domains', () => {
  for (const { name, network: raw, salt, separator } of domains.cases) {
    it(`salt and separator of ${name}`, () => {
      const domain = networkDomain(network(raw));
      expect(domain).to.deep.equal({ chainId: BigInt(raw.chainId), verifyingContract: raw.stakingContract, salt });
      const typed = typedData(domain, { type: 'order', round: 1n, payload: Uint8Array.of(1) });
      expect(TypedDataEncoder.hashDomain(typed.domain)).to.equal(separator);
    });
  }
});

describe('vectors: transactions', () => {
  const domain = networkDomain(network(vectors.network));

  for (const { name, type, fields, ...expected } of vectors.cases) {
    it(`${type}: ${name}`, () => {
      const tx = transaction(type, fields);
      expect(to0x(signingDigest(domain, tx)), 'digest').to.equal(expected.digest);
      expect(to0x(encodeTransaction({ transaction: tx, signature: hex(expected.signature) })), 'encoding').to.equal(expected.encoded);
      expect(to0x(signTransaction(domain, tx, hex(expected.privateKey))), 'signing').to.equal(expected.encoded);
      const decoded = decodeTransaction(hex(expected.encoded));
      expect(decoded.transaction, 'decoding').to.deep.equal(tx);
      expect(to0x(decoded.signature)).to.equal(expected.signature);
      expect(recoverAddress(hex(expected.digest), decoded.signature), 'recovery').to.equal(expected.signer);
      if (tx.type === 'govern') expect(motionId(tx.motion), 'motion').to.equal(expected.motion);
      if (expected.orderId !== undefined) expect(orderId(domain, tx as PostTx, expected.signer), 'id').to.equal(expected.orderId);
    });

    it(`${type}: ${name}, as typed data of any EIP-712 signer`, () => {
      const { domain: typedDomain, types, primaryType, message } = typedData(domain, transaction(type, fields));
      const { EIP712Domain: _, ...own } = types as Record<string, { name: string; type: string }[]>;
      expect(TypedDataEncoder.from(own).encodeType(primaryType)).to.equal(vectors.types[type]);
      expect(TypedDataEncoder.hash(typedDomain, own, message)).to.equal(expected.digest);
    });
  }

  it('a correction names the digest of all balances after it, and that of the list that changes', () => {
    const read = (wanted: string) => {
      const found = vectors.cases.find(({ name }) => name === wanted) as Case;
      return transaction(found.type, found.fields);
    };
    const [voice, list] = [read('voice for a correction'), read('balances of the correction')];
    const change = voice.type === 'govern' ? voice.motion.changes[0] : undefined;
    if (change?.type !== 'correction' || list.type !== 'balances') throw new Error('not a correction');
    expect(change.balances).to.deep.equal([balancesDigest(list.balances)]);
    expect(balancesDigest(list.balances.filter(([, balance]) => balance > 0n))).to.equal(change.ledger);
  });

  it('a digest belongs to one network', () => {
    const found = vectors.cases.find(({ name }) => name === 'order of 55 bytes') as Case;
    for (const { name, network: raw, digest } of vectors.networks)
      expect(to0x(signingDigest(networkDomain(network(raw)), transaction(found.type, found.fields))), name).to.equal(digest);
  });
});

describe('vectors: refusals', () => {
  it('knows the sizes of the protocol', () => {
    expect([MAX_TX_BYTES, MAX_VOTE_BLOCKS, MAX_MOTION_CHANGES].map(Number)).to.deep.equal([262_144, 256, 64]);
  });

  for (const { name, encoded, code } of malformed.cases) it(`${name}`, () => expect(refusal(hex(encoded))).to.equal(code));

  for (const { code, name, ...raw } of malformed.sized) it(`${name}`, () => expect(refusal(sized(raw))).to.equal(code ?? 'decoded'));

  it('signatures name their signer, somebody else or nobody', () => {
    const domain = networkDomain(network(signatures.network));
    const tx = transaction(signatures.type, signatures.fields);
    const digest = hex(signatures.digest);
    expect(to0x(signingDigest(domain, tx))).to.equal(signatures.digest);
    for (const { signature, signer } of [signatures.accepted, ...signatures.others])
      expect(recoverAddress(digest, hex(signature))).to.equal(signer);
    for (const { name, signature, encoded } of signatures.refused) {
      expect(recoverAddress(digest, hex(signature)), name).to.equal(undefined);
      expect(to0x(decodeTransaction(hex(encoded)).signature), 'the shape is right').to.equal(signature);
    }
  });
});
