// I10: no bytes make the machine throw, and nothing that one validator signs makes the state grow without bound.

import { expect } from 'chai';
import fc from 'fast-check';
import { type Bytes, type Hex, textBytes } from '../../../relayer/lib/bytes.ts';
import { keccakHex } from '../../../relayer/lib/keccak.ts';
import { answerQuery } from '../../../relayer/peg/query.ts';
import type { BlockContent, Transaction } from '../../../relayer/peg/types.ts';
import { advance, settle } from '../../helpers/honest-validators.ts';
import { mutation, PROPERTY_TIMEOUT_MS, runs, transaction } from '../../helpers/peg-arbitraries.ts';
import { ScriptedPeg } from '../../helpers/scripted-peg.ts';
import { add, StakingHistory, stakerKey } from '../../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n).mine(101, add('A', 10n), add('B', 20n)).mine(113, add('C', 5n));

/** Round 2 with pending votes, a pending delivery and limits: every rule has something to look at. */
function busy(): ScriptedPeg {
  const peg = new ScriptedPeg();
  settle(peg, HISTORY, 112);
  peg.block(...[1, 2].map((number) => peg.vote(number, 113, HISTORY.contents(113, 118))));
  const { before, events } = HISTORY.block(113);
  peg.block(peg.deliver(1, 113, before, events), peg.post('A', 'order'));
  return peg;
}

/** Most entries and bytes that four validators' votes, deliveries and orders may ever occupy here. */
const MOST = { entries: 4 * 1024 * 3, bytes: 4 * 1024 * 3 * 200 };

describe('properties: hostile input', function () {
  this.timeout(PROPERTY_TIMEOUT_MS);

  it('any bytes are answered and change nothing when refused', () => {
    const peg = busy();
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 5 }), (many) => {
        const before = peg.substance();
        const { codes } = peg.block(...many);
        expect(codes).to.not.include('ok');
        expect(peg.substance()).to.deep.equal(before);
      }),
      runs(200),
    );
  });

  it('any well-formed transaction, signed by anybody, is answered', () => {
    const peg = busy();
    peg.truth = HISTORY;
    const signer = fc.constantFrom('A', 'B', 'stranger', 'V4');
    fc.assert(
      fc.property(fc.array(fc.tuple(transaction, signer), { minLength: 1, maxLength: 5 }), (many) => {
        const signed = many.map(([tx, name]) => peg.sign(name === 'V4' ? peg.v(4).privateKey : stakerKey(name), tx));
        const { verdicts } = peg.block(...signed);
        for (const { code, codespace, log } of verdicts) {
          expect(code).to.be.a('number');
          if (code !== 0) expect([codespace, log]).to.not.include('');
        }
        expect(peg.state.size().entries).to.be.at.most(MOST.entries);
      }),
      runs(200),
    );
  });

  it('mutated valid transactions are answered; only the bytes that were signed have their effect', () => {
    const peg = busy();
    const valid = (): Bytes[] => [
      peg.vote(3, 113, HISTORY.contents(113, 118)),
      peg.vote(1, 119, HISTORY.contents(119, 125)),
      peg.post('A', 'another order'),
      peg.post('B', 'a stream', 2, 'stream'),
      peg.rebalance(1, 3, 120, 130, `0x${'00'.repeat(32)}`),
    ];
    const before = peg.substance();
    const originals = valid();
    fc.assert(
      fc.property(fc.nat(originals.length - 1), fc.array(mutation, { minLength: 1, maxLength: 3 }), (index, mutations) => {
        const original = originals[index] as Bytes;
        const bytes = mutations.reduce((mutated, mutate) => (mutated.length === 0 ? mutated : mutate(mutated)), original);
        if (Buffer.compare(bytes, original) === 0) return;
        expect(peg.block(bytes).codes).to.not.include('ok');
        expect(peg.substance()).to.deep.equal(before);
      }),
      runs(500),
    );
  });

  it('a validator that votes for anything, in any order, neither stops the others nor fills the state', () => {
    const content = (salt: number, height: number): BlockContent => {
      const hash: Hex = keccakHex(textBytes(`${salt} ${height}`));
      return salt % 3 === 0 ? { hash } : { hash, after: { nonce: BigInt(salt), accumulator: hash } };
    };
    const vote = fc.record({ back: fc.nat(300), count: fc.nat(255), salt: fc.nat(1000) });
    fc.assert(
      fc.property(fc.array(vote, { minLength: 10, maxLength: 40 }), (votes) => {
        const peg = new ScriptedPeg();
        peg.truth = HISTORY;
        settle(peg, HISTORY, 105, [1, 2, 3]);
        for (const { back, count, salt } of votes) {
          const from = Math.max(106, peg.validator(4).witnessedTo + 1 - back);
          const blocks = Array.from({ length: count + 1 }, (_, i) => content(salt, from + i));
          peg.block(peg.vote(4, from, blocks));
          expect(peg.state.size().entries).to.be.at.most(MOST.entries);
          expect(peg.state.size().bytes).to.be.at.most(MOST.bytes);
        }
        advance(peg, HISTORY, 119, [1, 2, 3]);
        expect(peg.mature()).to.equal(119);
      }),
      runs(8),
    );
  });

  it('integers at the edges of 64 bits are answered', () => {
    const peg = busy();
    const before = peg.substance();
    const top = 2n ** 64n - 1n;
    const hash: Hex = `0x${'11'.repeat(32)}`;
    const next = BigInt(peg.validator(4).sequence + 1);
    const many: Transaction[] = [
      { type: 'witness', sequence: next, fromBlock: top, blocks: [{ hash }, { hash }] },
      { type: 'witness', sequence: next, fromBlock: top, blocks: [] },
      { type: 'witness', sequence: next, fromBlock: 0n, blocks: [] },
      { type: 'witness', sequence: next, fromBlock: 0n, blocks: [{ hash }] },
      { type: 'witness', sequence: top, fromBlock: 113n, blocks: [{ hash }] },
      { type: 'witness', sequence: 0n, fromBlock: 113n, blocks: [{ hash }] },
      {
        type: 'events',
        height: top,
        before: { nonce: top, accumulator: hash },
        events: [{ kind: 'add', staker: peg.v(1).witness, amount: 1n }],
      },
      {
        type: 'events',
        height: 0n,
        before: { nonce: 0n, accumulator: hash },
        events: [{ kind: 'remove', staker: peg.v(1).witness, amount: 1n }],
      },
      { type: 'rebalance', round: top, startsAt: top, endsAt: top, mapping: hash },
      { type: 'rebalance', round: 3n, startsAt: top, endsAt: 9n, mapping: hash },
      { type: 'order', round: top, payload: Uint8Array.of(1) },
    ];
    for (const tx of many)
      expect(peg.block(peg.sign(peg.v(4).privateKey, tx)).codes, JSON.stringify(tx, String)).to.not.include('ok');
    expect(peg.substance()).to.deep.equal(before);
  });

  it('any query path is answered', () => {
    const peg = busy();
    const chain = { lastBlockHeight: peg.height, lastBlockAppHash: peg.state.hash(), domain: peg.domain };
    const segment = fc.constantFrom(
      'state',
      'round',
      'balance',
      'limit',
      'final',
      'votes',
      '',
      '0x',
      '..',
      '113',
      '-1',
      '1e3',
      '0x12',
      '٣',
    );
    const path = fc.oneof(
      fc.string(),
      fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
    );
    fc.assert(
      fc.property(path, fc.uint8Array({ maxLength: 50 }), (path, data) => {
        const { code, log, value } = answerQuery(peg.state, { path, data }, chain);
        if (code === 0) JSON.parse(new TextDecoder().decode(value));
        else expect(log).to.not.equal('');
      }),
      runs(500),
    );
  });
});
