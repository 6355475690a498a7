// The chain of the real engine: accepted as it is, by every way, and refused when anything that is signed is changed.

import { expect } from 'chai';
import fc from 'fast-check';
import { verifyTowards } from '../../../relayer/comet/light-client/bisection.ts';
import { verifyEd25519 } from '../../../relayer/comet/light-client/ed25519.ts';
import type { LightBlock } from '../../../relayer/comet/light-client/light-block.ts';
import { verifyNativeEd25519 } from '../../../relayer/comet/light-client/native-ed25519.ts';
import {
  type TrustRules,
  verifyAdjacent,
  verifySkipping,
  verifyTrusted,
} from '../../../relayer/comet/light-client/verify-block.ts';
import { verifyCommit } from '../../../relayer/comet/light-client/verify-commit.ts';
import { CodedError } from '../../../relayer/lib/errors.ts';
import { codeThrown } from '../../helpers/error-code.ts';
import type { Json } from '../../helpers/light-client.ts';
import { changedAt, leavesOf, readLightJson, recordedLightJson, valueAt } from '../../helpers/recorded-light-chain.ts';

const CHAIN = 'vectors';
const json = recordedLightJson();
const chain = json.map(readLightJson);
const last = chain.at(-1) as LightBlock;
const rules: TrustRules = {
  trustingPeriodMs: 86_400_000,
  maxClockDriftMs: 0,
  nowMs: Number(last.header.time.seconds + 1n) * 1000,
  trustLevel: { numerator: 1n, denominator: 3n },
  verifySignature: verifyNativeEd25519,
};
const trusted = (index: number) => {
  const block = chain[index] as LightBlock;
  return verifyTrusted(block, block.header.height, block.commit.blockId.hash, rules);
};

/** Another value of the same kind, for a value of a node's JSON. */
function altered(value: Json): Json {
  if (typeof value === 'number') return value + 1;
  if (typeof value !== 'string') return 'x';
  if (/^[0-9]{1,19}$/.test(value)) return String(BigInt(value) + 1n);
  if (/^\d{4}-.*Z$/.test(value)) return value.startsWith('0001') ? '0001-01-01T00:00:01Z' : value.replace(/^\d{4}/, '2020');
  if (value === '') return 'AB';
  return `${value.startsWith('A') ? 'B' : 'A'}${value.slice(1)}`;
}

describe('light client: recorded chain of CometBFT', () => {
  it('has the commits that both implementations of ed25519 accept, with the power that signed', () => {
    for (const [index, block] of chain.entries()) {
      const { commit, validators } = { ...json[index]?.signed_header, validators: json[index]?.validators };
      const power = verifyCommit(block, CHAIN, verifyNativeEd25519);
      expect(verifyCommit(block, CHAIN, verifyEd25519)).to.deep.equal(power);
      const signed = validators.filter((_: Json, at: number) => commit.signatures[at].block_id_flag === 2);
      const sum = (list: Json) => list.reduce((all: bigint, { voting_power }: Json) => all + BigInt(voting_power), 0n);
      expect(power).to.deep.equal({
        signers: signed.length,
        validators: validators.length,
        signed: sum(signed),
        total: sum(validators),
      });
    }
  });

  it('leads from each block to the next', () => {
    let at = trusted(0);
    for (const block of chain.slice(1)) at = verifyAdjacent(at, block, rules);
    expect(at.hash).to.deep.equal(last.commit.blockId.hash);
  });

  it('leads from any block to any later one, by blocks between where the validators changed', () => {
    const sizes = new Set<number>();
    for (let from = 0; from < chain.length; from++) {
      for (let to = from; to < chain.length; to++) {
        const way = verifyTowards(trusted(from), BigInt(to + 1), rules, 1000);
        let step = way.next();
        while (!step.done) step = way.next(chain[Number(step.value) - 1] as LightBlock);
        expect(step.value.at(-1)?.header.height).to.equal(BigInt(to + 1));
        sizes.add(step.value.length);
      }
    }
    expect(
      [...sizes].every((size) => size <= 6),
      [...sizes].join(),
    ).to.equal(true);
  }).timeout(60_000);

  it('is refused when any one value of header, commit or validators is another', () => {
    const from = trusted(0);
    const accepted: string[] = [];
    const codes = new Set<string>();
    for (const index of [1, 14, 15, 20, 34]) {
      const shown = json[index];
      for (const path of leavesOf(shown)) {
        // The turns of proposers are no part of what headers commit to.
        if (path.at(-1) === 'proposer_priority') continue;
        const code = codeThrown(() =>
          verifySkipping(from, readLightJson(changedAt(shown as Json, path, altered(valueAt(shown, path)))), rules),
        );
        if (code === 'no error') accepted.push(`${index}: ${path.join('.')}`);
        expect(code, path.join('.')).to.be.a('string');
        codes.add(code as string);
      }
    }
    expect(accepted).to.deep.equal([]);
    expect([...codes]).to.include.members([
      'BLOCK_MALFORMED',
      'HASH_MISMATCH',
      'SIGNATURE_INVALID',
      'COMMIT_MISMATCH',
      'HEIGHT_DIFFERS',
    ]);
  }).timeout(60_000);

  it('fails with a code whatever stands anywhere', () => {
    const from = trusted(0);
    const places = [2, 15].flatMap((index) =>
      leavesOf(json[index]).flatMap((path) => path.map((_, depth) => ({ index, path: path.slice(0, depth + 1) }))),
    );
    const strange = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(
        null,
        '',
        '-1',
        '99999999999999999999',
        '0x',
        'zz',
        -1,
        2 ** 53,
        1.5,
        1e300,
        [],
        {},
        '9999-12-31T23:59:60Z',
        '0000-01-01T00:00:00Z',
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), strange, ({ index, path }, value) => {
        const changed = changedAt(json[index] as Json, path, value);
        try {
          const block = verifySkipping(from, readLightJson(changed), rules);
          // What is left out, null or another spelling of the same value may be read as the same block, never as another.
          expect(block.hash).to.deep.equal((chain[index] as LightBlock).commit.blockId.hash);
        } catch (error) {
          if (!(error instanceof CodedError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  }).timeout(120_000);
});
