import { expect } from 'chai';
import { toValidatorUpdates } from '../../relayer/abci/responses.ts';
import type { Hex } from '../../relayer/lib/bytes.ts';

describe('validator updates', () => {
  const address: Hex = `0x${'11'.repeat(20)}`;
  const key = new Uint8Array(32).fill(1);

  it('name validators by their keys', () => {
    expect(toValidatorUpdates([{ address, power: 3n }], new Map([[address, key]]))).to.deep.equal([
      { pubKey: { ed25519: key }, power: 3n },
    ]);
  });

  it('stop the node when the key is unknown', () => {
    expect(() => toValidatorUpdates([{ address, power: 3n }], new Map()))
      .to.throw()
      .with.property('code', 'ABCI_KEY_UNKNOWN');
  });
});
