// The genesis of a devnet: validators with keys derived from their number, the contract it watches, the parameters asked for.
// Derived keys are public knowledge: they are for one machine and nothing of value.

import { createHash } from 'node:crypto';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import { type Bytes, type Hex, hex, textBytes, to0x, toHex } from '../lib/bytes.ts';
import { ed25519PrivateKey, ed25519PublicKey } from '../lib/ed25519.ts';
import { keccak256 } from '../lib/keccak.ts';
import { addressOf } from '../lib/secp256k1.ts';
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

/** What the contract's chain contributes to genesis. */
export interface GenesisEthereum {
  readonly chainId: bigint;
  readonly stakingContract: Hex;
  readonly startBlock: bigint;
  readonly startBlockHash: Hex;
}

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'];

export function devnetValidators(powers: readonly number[]): readonly DevnetValidator[] {
  return powers.map((power, index) => {
    const consensusSeed = derivedKey('consensus', index);
    const consensusKey = ed25519PublicKey(ed25519PrivateKey(consensusSeed));
    return {
      name: NAMES[index] ?? `validator-${index + 1}`,
      power,
      consensusSeed,
      consensusKey,
      consensusAddress: to0x(createHash('sha256').update(consensusKey).digest().subarray(0, 20)),
      witnessKey: derivedKey('witness', index),
    };
  });
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
  return {
    genesis_time: genesisTime.toISOString(),
    chain_id: 'peg-devnet',
    initial_height: '1',
    consensus_params: {
      block: { max_bytes: '4194304', max_gas: '-1' },
      evidence: { max_age_num_blocks: '100000', max_age_duration: '172800000000000', max_bytes: '1048576' },
      validator: { pub_key_types: ['ed25519'] },
      version: { app: '1' },
      abci: { vote_extensions_enable_height: '0' },
    },
    validators: validators.map((validator) => ({
      address: toHex(hex(validator.consensusAddress)).toUpperCase(),
      pub_key: { type: 'tendermint/PubKeyEd25519', value: Buffer.from(validator.consensusKey).toString('base64') },
      power: validator.power.toString(),
      name: validator.name,
    })),
    app_hash: '',
    app_state: {
      ethereum: {
        chainId: Number(ethereum.chainId),
        stakingContract: ethereum.stakingContract,
        startBlock: Number(ethereum.startBlock),
        startBlockHash: ethereum.startBlockHash,
      },
      consensusParams: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, Number(value)])),
      witnesses: Object.fromEntries(
        validators.map((validator) => [
          validator.consensusAddress,
          { witness: addressOf(validator.witnessKey), name: validator.name },
        ]),
      ),
    },
  };
}
