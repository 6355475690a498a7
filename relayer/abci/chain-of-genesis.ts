// What the genesis file says of the chain: the same as InitChain would, worked out without an engine. A node that joins by a
// snapshot never gets InitChain, and one that has a state must not run it on another chain.

import type { RequestInitChain } from 'cosmjs-types/tendermint/abci/types';
import { textBytes } from '../lib/bytes.ts';
import { openMemoryStore } from '../store/memory-store.ts';
import type { StateStore } from '../store/state-store.ts';
import { CHAIN_RECORD, type ChainRecord, decodeChainRecord } from './chain-record.ts';
import { AbciError } from './errors.ts';
import type { GenesisDoc } from './genesis-doc.ts';
import { genesisState } from './genesis-state.ts';
import { parseGenesisTime } from './genesis-time.ts';

/** Costs as much as writing the genesis state. Throws GENESIS_INVALID. */
export function chainOfGenesis(genesis: GenesisDoc): ChainRecord {
  const store = openMemoryStore();
  return genesisState(initChainRequest(genesis), store.reader(), (changes) => store.stage(changes)).chain;
}

/** True when both are the same network: its name and everything that its signatures are bound to. */
export function sameChain(a: ChainRecord, b: ChainRecord): boolean {
  return (
    a.chainId === b.chainId &&
    a.domain.chainId === b.domain.chainId &&
    a.domain.verifyingContract === b.domain.verifyingContract &&
    a.domain.salt === b.domain.salt
  );
}

/** Throws STATE_FOREIGN when the store holds the state of another chain than that of `genesis`; ABCI_RECORD_INVALID when it does not say of which. */
export function checkStateBelongs(store: StateStore, genesis: GenesisDoc): void {
  if (store.version === 0n) return;
  const found = decodeChainRecord(store.meta(CHAIN_RECORD));
  const wanted = chainOfGenesis(genesis);
  if (sameChain(found, wanted)) return;
  const difference =
    found.chainId === wanted.chainId
      ? `of the chain ${found.chainId} with another genesis (salt ${found.domain.salt}, the genesis file has ${wanted.domain.salt})`
      : `of the chain ${found.chainId}, the genesis file is of ${wanted.chainId}`;
  throw new AbciError(
    'STATE_FOREIGN',
    `the state at height ${store.version} is ${difference}; give the home its own genesis file back, or use another home`,
    { height: store.version, state: found.chainId, genesis: wanted.chainId },
  );
}

function initChainRequest(genesis: GenesisDoc): RequestInitChain {
  const nanoseconds = parseGenesisTime(genesis.genesis_time);
  if (nanoseconds === undefined)
    throw new AbciError('GENESIS_INVALID', `genesis_time of the genesis file is not a time: ${genesis.genesis_time}`);
  const seconds = nanoseconds / 1_000_000_000n;
  return {
    time: { seconds, nanos: Number(nanoseconds - seconds * 1_000_000_000n) },
    chainId: genesis.chain_id,
    validators: genesis.validators.map(({ pub_key, power }) => ({
      pubKey: { ed25519: new Uint8Array(Buffer.from(pub_key.value, 'base64')) },
      power: BigInt(power),
    })),
    appStateBytes: textBytes(JSON.stringify(genesis.app_state)),
    initialHeight: BigInt(genesis.initial_height),
  };
}
