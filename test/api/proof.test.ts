// A proof as a user checks it: with the answer alone and the keys of the validators, against the header's signatures.

import { ed25519 } from '@noble/curves/ed25519.js';
import { expect } from 'chai';
import { hex } from '../../relayer/lib/bytes.ts';
import { decodeBalance, decodeLimit, decodeRound } from '../../relayer/peg/tables.ts';
import { verifyProof } from '../../relayer/store/verify-proof.ts';
import { type ApiNode, startApiNode } from '../helpers/api-node.ts';
import { eventually } from '../helpers/eventually.ts';
import { ask } from '../helpers/http-answer.ts';

interface ProofBody {
  readonly height: number;
  readonly key: string;
  readonly value: string;
  readonly document: Record<string, unknown>;
  readonly proof: readonly { readonly type: string; readonly key: string; readonly data: string }[];
  readonly appHash: string;
  readonly header: Record<string, string>;
  readonly commit: { readonly height: string; readonly block_id: { readonly hash: string } };
}

const holds = ({ proof, appHash, key }: ProofBody, value: Uint8Array | undefined) => {
  const operators = proof.map(({ type, key: name, data }) => ({ type, key: hex(name), data: hex(data) }));
  return verifyProof(operators, hex(appHash), hex(key), value);
};

describe('proofs over HTTP', () => {
  let node: ApiNode;
  before(async () => {
    node = await startApiNode();
    await eventually('a block follows the round', async () => (await ask(`${node.url}/proof/round`)).body.document?.number === 1);
  });
  after(() => node?.close());

  it('prove a limit, a balance and the round against the header that comes with them', async () => {
    const address = node.wallet(1).address.toLowerCase();
    const limit = (await ask(`${node.url}/proof/limit/${address}`)).body as ProofBody;
    expect(limit.document).to.deep.equal({ address, orderLimit: 300, streamLimit: 1 });
    expect(decodeLimit(hex(limit.value))).to.deep.equal({ orderLimit: 300n, streamLimit: 1n });
    const balance = (await ask(`${node.url}/proof/balance/${node.wallet(1).address}`)).body as ProofBody;
    expect([balance.document, decodeBalance(hex(balance.value))]).to.deep.equal([{ address, balance: '300' }, 300n]);
    const round = (await ask(`${node.url}/proof/round`)).body as ProofBody;
    expect(decodeRound(hex(round.value)).number).to.equal(1n);
    for (const proved of [limit, balance, round]) {
      expect(holds(proved, hex(proved.value))).to.equal(true);
      expect(holds(proved, Uint8Array.of(...hex(proved.value), 1))).to.equal(false);
      expect(holds(proved, undefined)).to.equal(false);
      const { height, header, commit, appHash } = proved;
      expect(Number(header.height)).to.equal(height + 1);
      expect(header.app_hash?.toLowerCase()).to.equal(appHash.slice(2));
      expect(commit.height).to.equal(header.height);
    }
  });

  it('prove that there is none', async () => {
    const stranger = `0x${'99'.repeat(20)}`;
    const { body } = await ask(`${node.url}/proof/balance/${stranger}`);
    expect([body.value, body.document]).to.deep.equal(['0x', { address: stranger, balance: '0' }]);
    expect(holds(body, undefined)).to.equal(true);
    expect(holds(body, Uint8Array.of(1))).to.equal(false);
  });

  it('say for which heights there is no proof', async () => {
    const tip = await node.tip();
    for (const [path, status] of [
      [`/proof/round?height=${tip}`, 404],
      ['/proof/round?height=99999', 404],
      ['/proof/limit/me', 400],
      ['/proof/vote/0x00', 400],
    ] as const)
      expect((await ask(node.url + path)).status, path).to.equal(status);
    expect((await ask(`${node.url}/proof/round?height=${tip - 1}`)).body.height).to.equal(tip - 1);
  });

  it('carry the signatures of the validators for that header', async () => {
    const { header, commit } = (await ask(`${node.url}/proof/round`)).body as ProofBody;
    const [validator] = await node.client.validators(Number(header.height));
    const { signatures, block_id } = commit as unknown as {
      signatures: { signature: string; validator_address: string }[];
      block_id: { hash: string };
    };
    expect(signatures).to.have.length(1);
    expect(`0x${signatures[0]?.validator_address.toLowerCase()}`).to.equal(validator?.address);
    const { block_id: own } = (await node.client.call('block', { height: header.height })) as { block_id: { hash: string } };
    expect(block_id.hash).to.equal(own.hash);
    expect(Buffer.from(signatures[0]?.signature ?? '', 'base64')).to.have.length(64);
    expect(() => ed25519.Point.fromBytes(validator?.publicKey ?? new Uint8Array(32))).not.to.throw();
  });
});
