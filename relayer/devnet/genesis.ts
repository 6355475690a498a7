// The genesis of a devnet: validators with keys derived from their number, the contract it watches, the parameters asked for.
// Derived keys are public knowledge: they are for one machine and nothing of value.

import { consensusAddress } from '../abci/consensus-address.ts';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import { type Bytes, type Hex, textBytes } from '../lib/bytes.ts';
import { ed25519PrivateKey, ed25519PublicKey } from '../lib/ed25519.ts';
import { keccak256 } from '../lib/keccak.ts';
import { addressOf } from '../lib/secp256k1.ts';
import { type GenesisEthereum, networkGenesis } from '../node/network-genesis.ts';
import type { ConsensusParams } from '../peg/types.ts';

export interface DevnetValidator {
  readonly name: string;
  readonly power: number;
  /** ed25519 seed of the consensus key, 32 bytes. */
  readonly consensusSeed: Bytes;
  /** ed25519 public key, 32 bytes. */
  readonly consensusKey: Bytes;
  /** First 20 bytes of SHA-256 of the public key. */
  readonly consensusAddress: Hex;
  /** secp256k1 key the witness signs with, 32 bytes. */
  readonly witnessKey: Bytes;
}

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'];

export function devnetValidators(powers: readonly number[]): readonly DevnetValidator[] {
  return powers.map((power, index) => {
    const consensusSeed = derivedKey('consensus', index);
    const consensusKey = ed25519PublicKey(ed25519PrivateKey(consensusSeed));
    return {
      name: validatorName(index),
      power,
      consensusSeed,
      consensusKey,
      consensusAddress: consensusAddress(consensusKey),
      witnessKey: derivedKey('witness', index),
    };
  });
}

/** Name of the validator with this number, from 0. */
export function validatorName(index: number): string {
  return NAMES[index] ?? `validator-${index + 1}`;
}

/** A private key that everybody can derive: keccak-256 of what it is for and a number. */
export function derivedKey(purpose: string, index: number): Bytes {
  return keccak256(textBytes(`peg devnet ${purpose} ${index}`));
}

export function devnetGenesis(
  validators: readonly DevnetValidator[],
  ethereum: GenesisEthereum,
  params: ConsensusParams,
  genesisTime: Date,
): GenesisDoc {
  return networkGenesis({
    chainId: 'peg-devnet',
    genesisTime,
    validators: validators.map(({ witnessKey, ...validator }) => ({ ...validator, witness: addressOf(witnessKey) })),
    ethereum,
    params,
  });
}
