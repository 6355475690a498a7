// What the engine is told of the set: by consensus keys, which the application has from its state alone.

import { expect } from 'chai';
import type { Change } from '../../relayer/peg/types.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { DrivenPeg, drivenValidators } from '../helpers/driven-peg.ts';

const [, , , , FIFTH] = drivenValidators([1n, 1n, 1n, 1n, 1n]);

/** A block in which the four of genesis support a motion of this change, their voices being the `turn`-th. */
async function pass(peg: DrivenPeg, change: Change, turn: bigint) {
  const motion = { expiry: 100n, changes: [change] };
  const voices = [1, 2, 3, 4].map((number) =>
    peg.sign(peg.witnessKey(number), { type: 'govern', sequence: turn, support: true, motion }),
  );
  const { codes, answer } = await peg.block(...voices);
  expect(codes).to.deep.equal(['ok', 'ok', 'ok', 'ok']);
  return answer;
}

describe('validator updates of a block', () => {
  it('name those who join, change and leave, also after a restart and on a replica', async () => {
    if (FIFTH === undefined) throw new Error('five validators');
    const { consensusKey, address } = FIFTH;
    const store = openMemoryStore();
    const powers = [2n, 2n, 2n, 2n];
    const peg = await new DrivenPeg({ powers }).open(store);
    const witness = `0x${'5'.repeat(40)}` as const;
    const joins: Change = { type: 'add', publicKey: consensusKey, power: 1n, witness, name: 'V5' };
    const answers = [await pass(peg, joins, 1n)];
    expect(answers[0]?.validatorUpdates).to.deep.equal([{ pubKey: { ed25519: consensusKey }, power: 1n }]);
    expect(answers[0]?.events.map(({ type }) => type)).to.deep.equal(['motion']);

    await peg.open(store);
    answers.push(await pass(peg, { type: 'power', validator: address, power: 2n }, 2n));
    expect(answers[1]?.validatorUpdates).to.deep.equal([{ pubKey: { ed25519: consensusKey }, power: 2n }]);
    answers.push(await pass(peg, { type: 'remove', validator: peg.validators[0]?.address ?? '0x' }, 3n));
    expect(answers[2]?.validatorUpdates).to.deep.equal([{ pubKey: { ed25519: peg.validators[0]?.consensusKey }, power: 0n }]);

    const replica = await new DrivenPeg({ powers }).open(openMemoryStore());
    for (const [index, request] of peg.decided.entries())
      expect((await replica.decide(request)).answer, `block ${index + 1}`).to.deep.equal(answers[index]);
  });
});
