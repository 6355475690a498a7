// Starting a node: ask the application where it is, tell it the genesis if it is nowhere, and run the blocks it misses.
// Source: CometBFT consensus/replay.go at v0.38.

import type { ResponseInfo } from 'cosmjs-types/tendermint/abci/types';
import type { GenesisDoc } from '../../abci/genesis-doc.ts';
import { type Bytes, equalBytes, textBytes, toHex } from '../../lib/bytes.ts';
import { afterBlock, afterInitChain, genesisState } from '../chain/chain-state.ts';
import { genesisParams, paramsRecord } from '../chain/consensus-params.ts';
import { EngineError } from '../errors.ts';
import { commitBlock, executeBlock, finalizeRequest, finishBlock } from './block-execution.ts';
import type { StoredBlock } from './block-store.ts';
import { planReplay } from './replay-plan.ts';
import type { Replica } from './replica.ts';

/** Versions that CometBFT v0.39.4 tells an application. */
export const INFO_REQUEST = { version: '0.39.4', blockVersion: 11n, p2pVersion: 8n, abciVersion: '2.0.0' };

/** Brings application, chain state and store to one height. Throws the codes of `planReplay`, ENGINE_APP_HASH_MISMATCH, and what stops a node. */
export async function handshake(replica: Replica): Promise<void> {
  await replica.reach('info', replica.state.lastHeight);
  const info = await replica.ask('Info', (application) => application.info(INFO_REQUEST));
  const { store } = replica.running;
  const plan = planReplay({
    app: info.lastBlockHeight,
    state: replica.state.lastHeight,
    base: store.base,
    store: store.height,
    initial: replica.state.initialHeight,
  });
  let appHash = info.lastBlockAppHash;
  if (plan.initChain) appHash = await initChain(replica, info);
  for (const height of plan.execute) appHash = await executeOnly(replica, await storedBlock(replica, height), appHash);
  if (plan.apply === 'execute') await commitBlock(replica, await executeBlock(replica, await storedBlock(replica, store.height)));
  else if (plan.apply === 'saved-answer') await applySavedAnswer(replica, appHash);
  else expectAppHash(replica, appHash, replica.state.appHash, replica.state.lastHeight);
  if (plan.execute.length > 0 || plan.apply !== 'none')
    replica.log.info(
      { height: Number(replica.state.lastHeight), replayed: plan.execute.length + (plan.apply === 'none' ? 0 : 1) },
      'blocks replayed',
    );
}

async function initChain(replica: Replica, info: ResponseInfo): Promise<Bytes> {
  const { genesis } = replica;
  const initial = genesisState(genesis);
  await replica.reach('init-chain', initial.initialHeight);
  const response = await replica.ask('InitChain', (application) =>
    application.initChain({
      time: initial.lastTime,
      chainId: genesis.chain_id,
      consensusParams: paramsRecord(genesisParams(genesis)),
      validators: initial.validators.validators.map(({ publicKey, power }) => ({ pubKey: { ed25519: publicKey }, power })),
      appStateBytes: appStateBytes(genesis),
      initialHeight: initial.initialHeight,
    }),
  );
  if (replica.state.lastHeight === 0n) {
    await replica.reach('save-genesis', initial.initialHeight);
    replica.state = afterInitChain(initial, response, info.appVersion);
    await replica.running.store.saveState(replica.state);
    return replica.state.appHash;
  }
  return response.appHash;
}

/** The genesis' `app_state` as JSON text; nothing when there is none. */
export function appStateBytes(genesis: GenesisDoc): Bytes {
  return genesis.app_state === undefined ? new Uint8Array() : textBytes(JSON.stringify(genesis.app_state));
}

/** FinalizeBlock and Commit of a block that the node itself is long past. */
async function executeOnly(replica: Replica, stored: StoredBlock, appHash: Bytes): Promise<Bytes> {
  const { height } = stored.block.header;
  expectAppHash(replica, appHash, stored.block.header.appHash, height - 1n);
  const lastValidators = height === replica.state.initialHeight ? undefined : await replica.running.store.validators(height - 1n);
  await replica.reach('finalize-block', height);
  const answer = await replica.ask('FinalizeBlock', (application) =>
    application.finalizeBlock(finalizeRequest(stored, lastValidators)),
  );
  await replica.reach('commit', height);
  await replica.ask('Commit', (application) => application.commit());
  return answer.appHash;
}

/** The application committed the last block, the node did not notice: the answer it had saved tells the rest. */
async function applySavedAnswer(replica: Replica, appHash: Bytes): Promise<void> {
  const { store } = replica.running;
  const stored = await storedBlock(replica, store.height);
  const answer = await store.answer(store.height);
  if (answer === undefined)
    throw new EngineError('ENGINE_STORE_INVALID', `node ${replica.name} has no answer to the block of height ${store.height}`, {
      node: replica.name,
    });
  const next = afterBlock(replica.state, stored.block, stored.id, answer);
  expectAppHash(replica, appHash, next.appHash, store.height);
  await finishBlock(replica, { sealed: stored, answer, next });
}

async function storedBlock(replica: Replica, height: bigint): Promise<StoredBlock> {
  const stored = await replica.running.store.block(height);
  if (stored !== undefined) return stored;
  throw new EngineError('ENGINE_STORE_INVALID', `node ${replica.name} has lost the block of height ${height}`, {
    node: replica.name,
    height: Number(height),
  });
}

function expectAppHash(replica: Replica, actual: Bytes, expected: Bytes, height: bigint): void {
  if (equalBytes(actual, expected)) return;
  const message = `the application of node ${replica.name} has app hash ${toHex(actual)} at height ${height}, the chain has ${toHex(expected)}`;
  throw new EngineError('ENGINE_APP_HASH_MISMATCH', message, {
    node: replica.name,
    height: Number(height),
    actual: toHex(actual),
    expected: toHex(expected),
  });
}
