// How consensus engines name a validator: the peg's own rule, at hand for whoever reads a genesis file.

export { consensusAddress } from '../peg/consensus-address.ts';
