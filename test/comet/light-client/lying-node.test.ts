// The light client and its provider against the embedded engine, through a node that lies about everything it can.

import { expect } from 'chai';
import { confirmWith } from '../../../relayer/comet/light-client/divergence.ts';
import { LightClient, type TrustOptions } from '../../../relayer/comet/light-client/light-client.ts';
import { verifyNativeEd25519 } from '../../../relayer/comet/light-client/native-ed25519.ts';
import { nodeProvider } from '../../../relayer/comet/light-client/provider.ts';
import type { Question } from '../../../relayer/comet/light-client/state-record.ts';
import type { VerifiedBlock } from '../../../relayer/comet/light-client/verify-block.ts';
import type { Engine } from '../../../relayer/engine/engine.ts';
import type { Hex } from '../../../relayer/lib/bytes.ts';
import { systemClock } from '../../../relayer/lib/clock.ts';
import { codeRejected } from '../../helpers/error-code.ts';
import { type Answer, type LyingNode, startLyingNode } from '../../helpers/lying-node.ts';
import { startPegEngine } from '../../helpers/peg-engine.ts';

const address = (digit: string): Hex => `0x${digit.repeat(40)}`;
const BALANCES = { [address('1')]: '1000', [address('2')]: '123456789012345678901234567890' };
const RICH: Question = { kind: 'balance', address: address('2') };
const DEPS = { clock: systemClock, verifySignature: verifyNativeEd25519 };

/** Another digit somewhere in a hex or base64 text. */
const turned = (text: string, at = 4) => `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`;

describe('light client and a lying node', () => {
  let engine: Engine;
  let honest: string;
  let node: LyingNode;
  let trust: TrustOptions;

  before(async () => {
    engine = await startPegEngine({ powers: [3, 2, 1], balances: BALANCES, blocks: 8 });
    honest = engine.nodes[0]?.rpcUrl ?? '';
    node = await startLyingNode(honest);
    const { commit } = await nodeProvider(honest).lightBlock(2n);
    trust = { height: 2n, hash: commit.blockId.hash, trustingPeriodMs: 3_600_000 };
  });
  afterEach(() => {
    node.lie = (_, result) => result;
  });
  after(async () => {
    await node?.close();
    await engine?.close();
  });

  const ask = async (question: Question, url = node.url) => {
    const client = await LightClient.open(nodeProvider(url, { timeoutMs: 60_000 }), trust, DEPS);
    return client.ask(question);
  };

  it('believes an honest one: balances, their absence, limits, the round', async () => {
    const rich = await ask(RICH);
    expect(rich.answer).to.deep.equal({ ...RICH, balance: 123456789012345678901234567890n });
    expect(rich.way.map(({ header }) => header.height)).to.deep.equal([2n, 8n]);
    // The state that header 8 commits to is the one after block 7.
    expect(node.calls.findLast(({ method }) => method === 'abci_query')?.params.height).to.equal('7');
    expect(rich.way.at(-1)?.power).to.deep.equal({ signers: 3, validators: 3, signed: 6n, total: 6n });
    const poor: Question = { kind: 'balance', address: address('3') };
    expect((await ask(poor)).answer).to.deep.equal({ ...poor, balance: undefined });
    const limit: Question = { kind: 'limit', address: address('1') };
    expect((await ask(limit)).answer).to.deep.equal({ ...limit, limit: undefined });
    expect((await ask({ kind: 'round' })).answer).to.deep.include({ kind: 'round' });
  });

  it('goes on from what it has verified', async () => {
    const client = await LightClient.open(nodeProvider(honest), trust, DEPS);
    await client.ask(RICH);
    const before = client.last.header.height;
    await engine.step();
    const { way } = await client.ask(RICH);
    expect(way.map(({ header }) => header.height)).to.deep.equal([before, before + 1n]);
    expect(await codeRejected(client.verify(before))).to.equal('NOT_LATER');
    expect(await codeRejected(client.verify(before + 100n))).to.equal('HEIGHT_UNAVAILABLE');
    expect(client.last.header.height).to.equal(before + 1n);
  });

  const header = (change: (header: Answer) => void) => ({
    method: 'commit',
    change: ({ signed_header }: Answer) => change(signed_header.header),
  });
  const commit = (change: (commit: Answer) => void) => ({
    method: 'commit',
    change: ({ signed_header }: Answer) => change(signed_header.commit),
  });
  const validators = (change: (validators: Answer[]) => void) => ({
    method: 'validators',
    change: (answer: Answer) => change(answer.validators),
  });
  const query = (change: (response: Answer) => void) => ({
    method: 'abci_query',
    change: ({ response }: Answer) => change(response),
  });

  // Where two codes stand, the first is for a lie about the trusted block, the second for one about the newest.
  for (const [title, codes, { method, change }] of [
    [
      'another balance',
      'PROOF_INVALID',
      query((answer) => {
        answer.value = Buffer.from([0x82, 0x27, 0x10]).toString('base64');
      }),
    ],
    [
      'no balance',
      'PROOF_INVALID',
      query((answer) => {
        answer.value = null;
      }),
    ],
    [
      'another proof',
      'PROOF_INVALID',
      query(
        ({
          proofOps: {
            ops: [op],
          },
        }) => {
          op.data = turned(op.data, 40);
        },
      ),
    ],
    [
      'no proof',
      'PROOF_INVALID',
      query((answer) => {
        answer.proofOps = null;
      }),
    ],
    [
      'a proof of another key',
      'PROOF_INVALID',
      query(
        ({
          proofOps: {
            ops: [op],
          },
        }) => {
          op.key = turned(op.key, 20);
        },
      ),
    ],
    [
      'a state it does not have',
      'HEIGHT_UNAVAILABLE',
      query((answer) => {
        answer.code = 9;
      }),
    ],
    [
      'another app hash',
      'HASH_MISMATCH',
      header((shown) => {
        shown.app_hash = turned(shown.app_hash);
      }),
    ],
    [
      'another time',
      'HASH_MISMATCH',
      header((shown) => {
        shown.time = '2020-01-01T00:00:00Z';
      }),
    ],
    [
      'another chain',
      'HASH_MISMATCH CHAIN_ID_DIFFERS',
      header((shown) => {
        shown.chain_id = 'another';
      }),
    ],
    [
      'a header without height',
      'HEIGHT_DIFFERS',
      header((shown) => {
        delete shown.height;
      }),
    ],
    [
      'a header with a list for a time',
      'PEG_ANSWER_MALFORMED',
      header((shown) => {
        shown.time = [];
      }),
    ],
    [
      'a commit for another block',
      'HASH_MISMATCH',
      commit((shown) => {
        shown.block_id.hash = turned(shown.block_id.hash);
      }),
    ],
    [
      'a commit of another round',
      'SIGNATURE_INVALID',
      commit((shown) => {
        shown.round += 1;
      }),
    ],
    [
      'another signature',
      'SIGNATURE_INVALID',
      commit(({ signatures: [vote] }) => {
        vote.signature = turned(vote.signature);
      }),
    ],
    [
      'a vote of another time',
      'SIGNATURE_INVALID',
      commit(({ signatures: [vote] }) => {
        vote.timestamp = '2026-01-01T00:00:00Z';
      }),
    ],
    [
      'one vote twice',
      'COMMIT_MISMATCH',
      commit(({ signatures }) => {
        signatures[1] = signatures[0];
      }),
    ],
    [
      'too few votes',
      'COMMIT_MISMATCH',
      commit(({ signatures }) => {
        signatures.pop();
      }),
    ],
    [
      'no votes',
      'BLOCK_MALFORMED',
      commit((shown) => {
        shown.signatures = null;
      }),
    ],
    [
      'only the weaker votes',
      'NOT_ENOUGH_POWER',
      commit(({ signatures }) => {
        signatures[0] = { block_id_flag: 1, validator_address: '', timestamp: '0001-01-01T00:00:00Z', signature: null };
      }),
    ],
    [
      'another power',
      'HASH_MISMATCH',
      validators(([first]) => {
        first.voting_power = '1000';
      }),
    ],
    [
      'another key',
      'PEG_ANSWER_MALFORMED',
      validators(([first]) => {
        first.pub_key.value = turned(first.pub_key.value);
      }),
    ],
    [
      'a key of another type',
      'PEG_ANSWER_MALFORMED',
      validators(([first]) => {
        first.pub_key.type = 'tendermint/PubKeySecp256k1';
      }),
    ],
    [
      'another order of validators',
      'HASH_MISMATCH',
      validators((shown) => {
        shown.reverse();
      }),
    ],
    [
      'no validators',
      'BLOCK_MALFORMED',
      validators((shown) => {
        shown.length = 0;
      }),
    ],
    [
      'a height without block',
      'HEIGHT_UNAVAILABLE',
      {
        method: 'status',
        change: (answer: Answer) => {
          answer.sync_info.latest_block_height = '1000';
        },
      },
    ],
    [
      'no height',
      'HEIGHT_UNAVAILABLE',
      {
        method: 'status',
        change: (answer: Answer) => {
          answer.sync_info.latest_block_height = '0';
        },
      },
    ],
    [
      'a height that is none',
      'PEG_ANSWER_MALFORMED',
      {
        method: 'status',
        change: (answer: Answer) => {
          answer.sync_info.latest_block_height = 'ten';
        },
      },
    ],
  ] as const)
    it(`does not believe ${title}`, async () => {
      const [first, second = first] = codes.split(' ');
      const lieFrom = (least: number) => {
        node.lie = (call, result) => {
          if (call.method === method && Number(call.params.height ?? least) >= least) change(result);
          return result;
        };
      };
      lieFrom(0);
      expect(await codeRejected(ask(RICH)), 'about all blocks').to.equal(first);
      lieFrom(3);
      expect(await codeRejected(ask(RICH)), 'about the newest block').to.equal(second);
    });

  it("does not believe an old state under a new header, nor another key's record", async () => {
    node.lie = (call, result) => (call.method === 'abci_query' ? stale : result);
    const provider = nodeProvider(honest);
    const { value, proof } = await provider.record({ kind: 'balance', address: address('1') }, 5n);
    const ops = proof.map(({ type, key, data }) => ({
      type,
      key: Buffer.from(key).toString('base64'),
      data: Buffer.from(data).toString('base64'),
    }));
    const stale = { response: { code: 0, value: Buffer.from(value).toString('base64'), proofOps: { ops } } };
    expect(await codeRejected(ask(RICH))).to.equal('PROOF_INVALID');
  });

  it('does not start from a block that is not the trusted one', async () => {
    const open = (changes: Partial<TrustOptions>) =>
      codeRejected(LightClient.open(nodeProvider(honest), { ...trust, ...changes }, DEPS));
    expect(await open({ hash: new Uint8Array(32) })).to.equal('TRUSTED_HASH_DIFFERS');
    expect(await open({ height: 3n })).to.equal('TRUSTED_HASH_DIFFERS');
    expect(await open({ height: 99n })).to.equal('HEIGHT_UNAVAILABLE');
    expect(await open({ trustingPeriodMs: 1 })).to.equal('TRUST_EXPIRED');
    expect(await open({})).to.equal('no error');
  });

  describe('with a second node', () => {
    const confirm = async (witness: string, patienceMs = 0) => {
      const { way } = await ask(RICH, honest);
      return codeRejected(confirmWith(nodeProvider(witness), way.at(-1) as VerifiedBlock, trust, patienceMs, DEPS));
    };

    it('is content when it has the same block', async () => {
      expect(await confirm(engine.nodes[1]?.rpcUrl ?? '')).to.equal('no error');
    });

    it('says when that is behind, after waiting for it', async () => {
      let asked = 0;
      node.lie = (call, result) => {
        if (call.method === 'status' && asked++ < 2) result.sync_info.latest_block_height = '3';
        return result;
      };
      expect(await confirm(node.url)).to.equal('WITNESS_BEHIND');
      asked = 0;
      expect(await confirm(node.url, 60_000)).to.equal('no error');
      expect(asked).to.equal(3);
    });

    it('says when that shows another block without signatures for it', async () => {
      node.lie = (call, result) => {
        if (call.method === 'commit' && call.params.height !== '2') result.signed_header.commit.block_id.hash = 'AB'.repeat(32);
        return result;
      };
      expect(await confirm(node.url)).to.equal('WITNESS_FAULTY');
    });

    it('says when that has gone', async () => {
      const gone = await startLyingNode(honest);
      await gone.close();
      expect(await confirm(gone.url)).to.equal('PEG_UNREACHABLE');
    });
  });
});
