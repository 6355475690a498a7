import { expect } from 'chai';
import { chainOfGenesis, checkStateBelongs } from '../../relayer/abci/chain-of-genesis.ts';
import { decodeChainRecord } from '../../relayer/abci/chain-record.ts';
import { formatGenesisDoc, parseGenesisDoc } from '../../relayer/abci/parse-genesis-doc.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { DrivenPeg, genesisDocOf } from '../helpers/driven-peg.ts';

describe('chain of a genesis file', () => {
  const peg = new DrivenPeg();
  const genesis = genesisDocOf(peg.genesis);

  it('is the one that InitChain leads to', async () => {
    const store = openMemoryStore();
    await new DrivenPeg().open(store).then((driven) => driven.block());
    const read = parseGenesisDoc(formatGenesisDoc(genesis));
    expect(chainOfGenesis(read)).to.deep.equal(decodeChainRecord(store.meta('chain')));
    expect(chainOfGenesis({ ...read, validators: [...read.validators].reverse() })).to.deep.equal(chainOfGenesis(read));
    checkStateBelongs(store, read);
  });

  it('is refused a state of another, with what to do', async () => {
    const store = openMemoryStore();
    checkStateBelongs(store, { ...genesis, chain_id: 'peg-other' });
    await new DrivenPeg().open(store).then((driven) => driven.block());
    const [first, ...rest] = genesis.validators as [(typeof genesis.validators)[number]];
    const others = [
      [{ ...genesis, chain_id: 'peg-other' }, /height 1 is of the chain peg-test, the genesis file is of peg-other/],
      [{ ...genesis, genesis_time: '2026-08-01T00:00:00.500000001Z' }, /of the chain peg-test with another genesis/],
      [{ ...genesis, validators: [{ ...first, power: '7' }, ...rest] }, /with another genesis/],
    ] as const;
    for (const [other, message] of others)
      expect(() => checkStateBelongs(store, other))
        .to.throw(message)
        .with.property('code', 'STATE_FOREIGN');
  });

  it('is not known of a state without its record', async () => {
    const store = openMemoryStore();
    await store.commit(1n);
    expect(() => checkStateBelongs(store, genesis))
      .to.throw()
      .with.property('code', 'ABCI_RECORD_INVALID');
  });
});
