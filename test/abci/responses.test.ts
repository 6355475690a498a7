import { expect } from 'chai';
import { toValidatorUpdates } from '../../relayer/abci/responses.ts';

describe('validator updates', () => {
  const key = new Uint8Array(32).fill(1);

  it('name validators by their keys', () => {
    expect(toValidatorUpdates([{ publicKey: key, power: 3n }])).to.deep.equal([{ pubKey: { ed25519: key }, power: 3n }]);
  });
});
