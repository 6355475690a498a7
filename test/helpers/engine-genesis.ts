// Keys and genesis documents for tests of the engine.

import { createHash } from 'node:crypto';
import type { GenesisDoc } from '../../relayer/abci/genesis-doc.ts';
import { type ConsensusKey, readConsensusKey } from '../../relayer/engine/chain/consensus-key.ts';

export interface TestValidator {
  readonly name: string;
  readonly seed: Uint8Array;
  readonly key: ConsensusKey;
  readonly power: number;
}

/** Validators `n0`, `n1`, … with keys that follow from their number. */
export function testValidators(powers: readonly number[]): TestValidator[] {
  return powers.map((power, index) => {
    const seed = Uint8Array.from(createHash('sha256').update(`validator ${index}`).digest());
    return { name: `n${index}`, seed, key: readConsensusKey(seed), power };
  });
}

export function testGenesis(validators: readonly TestValidator[], changes: Partial<GenesisDoc> = {}): GenesisDoc {
  return {
    genesis_time: '2026-01-01T00:00:00.5Z',
    chain_id: 'engine-test',
    initial_height: '1',
    consensus_params: {
      block: { max_bytes: '1048576', max_gas: '-1' },
      evidence: { max_age_num_blocks: '100000', max_age_duration: '172800000000000', max_bytes: '65536' },
      validator: { pub_key_types: ['ed25519'] },
      version: { app: '1' },
      abci: { vote_extensions_enable_height: '0' },
    },
    validators: validators.map(({ name, key, power }) => ({
      address: key.addressHex.slice(2).toUpperCase(),
      pub_key: { type: 'tendermint/PubKeyEd25519', value: Buffer.from(key.publicKey).toString('base64') },
      power: String(power),
      name,
    })),
    app_hash: '',
    app_state: {},
    ...changes,
  };
}
