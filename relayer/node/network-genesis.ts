// The genesis of a new network: who validates, which contract they watch, by which parameters.

import { consensusAddress } from '../abci/consensus-address.ts';
import type { GenesisDoc } from '../abci/genesis-doc.ts';
import { parseGenesisDoc } from '../abci/parse-genesis-doc.ts';
import type { Bytes, Hex } from '../lib/bytes.ts';
import type { ConsensusParams } from '../peg/types.ts';

export interface FoundingValidator {
  readonly name: string;
  readonly power: number;
  /** ed25519 public key, 32 bytes. */
  readonly consensusKey: Bytes;
  /** Address of the witness key. */
  readonly witness: Hex;
}

/** What the contract's chain contributes to genesis. */
export interface GenesisEthereum {
  readonly chainId: bigint;
  readonly stakingContract: Hex;
  /** Events count after this block. */
  readonly startBlock: bigint;
  readonly startBlockHash: Hex;
}

export interface NetworkPlan {
  /** At most 50 characters. */
  readonly chainId: string;
  readonly genesisTime: Date;
  readonly validators: readonly FoundingValidator[];
  readonly ethereum: GenesisEthereum;
  readonly params: ConsensusParams;
}

/** A checked genesis document. Throws GENESIS_INVALID naming the field. */
export function networkGenesis({ chainId, genesisTime, validators, ethereum, params }: NetworkPlan): GenesisDoc {
  const doc: GenesisDoc = {
    genesis_time: genesisTime.toISOString(),
    chain_id: chainId,
    initial_height: '1',
    consensus_params: {
      block: { max_bytes: '4194304', max_gas: '-1' },
      evidence: { max_age_num_blocks: '100000', max_age_duration: '172800000000000', max_bytes: '1048576' },
      validator: { pub_key_types: ['ed25519'] },
      version: { app: '1' },
      abci: { vote_extensions_enable_height: '0' },
    },
    validators: validators.map(({ consensusKey, power, name }) => ({
      address: consensusAddress(consensusKey).slice(2).toUpperCase(),
      pub_key: { type: 'tendermint/PubKeyEd25519', value: Buffer.from(consensusKey).toString('base64') },
      power: power.toString(),
      name,
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
        validators.map(({ consensusKey, witness, name }) => [consensusAddress(consensusKey), { witness, name }]),
      ),
    },
  };
  return parseGenesisDoc(JSON.stringify(doc));
}
