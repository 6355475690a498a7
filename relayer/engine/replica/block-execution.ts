// What a node does with a block: propose, judge, save, execute, commit. The order of writes and calls is CometBFT's, so that
// a node that stops between any two of them comes back the same way.
// Source: CometBFT state/execution.go, consensus/state.go (finalizeCommit) at v0.38.

import {
  type RequestFinalizeBlock,
  type ResponseFinalizeBlock,
  ResponseProcessProposal_ProposalStatus as Verdict,
} from 'cosmjs-types/tendermint/abci/types';
import type { Evidence } from 'cosmjs-types/tendermint/types/evidence';
import type { Commit } from 'cosmjs-types/tendermint/types/types';
import {
  commitInfo,
  evidenceSize,
  extendedCommitInfo,
  makeBlock,
  misbehaviorOf,
  type SealedBlock,
  txSize,
} from '../chain/block.ts';
import { afterBlock, type ChainState } from '../chain/chain-state.ts';
import { maxDataBytes } from '../chain/consensus-params.ts';
import type { ValidatorSet } from '../chain/validator-set.ts';
import { EngineError } from '../errors.ts';
import type { StoredBlock } from './block-store.ts';
import { attributesOf, eventsOf } from './chain-events.ts';
import { indexWrites } from './event-index.ts';
import type { Replica } from './replica.ts';

/** A block that was executed and is not committed yet. */
export interface Execution {
  readonly sealed: SealedBlock;
  readonly answer: ResponseFinalizeBlock;
  readonly next: ChainState;
}

/** PrepareProposal over the node's mempool. Stops the node when the answer breaks the rules. */
export async function proposeBlock(replica: Replica, lastCommit: Commit, evidence: readonly Evidence[]): Promise<SealedBlock> {
  const { state } = replica;
  const proposer = replica.key.address;
  const limit = maxDataBytes(state.params, evidenceSize(evidence), state.validators.validators.length);
  if (limit < 0n)
    throw await replica.fail(
      new EngineError('ENGINE_APPLICATION_INVALID', 'block.max_bytes leaves no room for transactions', { node: replica.name }),
    );
  const reapLimit = state.params.maxBytes === -1n ? -1n : limit;
  const draft = makeBlock(state, replica.running.mempool.reap(reapLimit, state.params.maxGas), lastCommit, evidence, proposer);
  const { header } = draft.block;
  await replica.reach('prepare-proposal', header.height);
  const { txs } = await replica.ask('PrepareProposal', (application) =>
    application.prepareProposal({
      maxTxBytes: limit,
      txs: draft.block.data.txs,
      localLastCommit: extendedCommitInfo(lastCommit, state.lastValidators),
      misbehavior: misbehaviorOf(evidence),
      height: header.height,
      time: header.time,
      nextValidatorsHash: header.nextValidatorsHash,
      proposerAddress: proposer,
    }),
  );
  const size = txs.reduce((sum, tx) => sum + txSize(tx), 0);
  if (BigInt(size) > limit)
    throw await replica.fail(
      new EngineError('ENGINE_APPLICATION_INVALID', `PrepareProposal gave ${size} bytes of transactions, allowed are ${limit}`, {
        node: replica.name,
      }),
    );
  return makeBlock(state, txs, lastCommit, evidence, proposer);
}

/** ProcessProposal: whether the application accepts the block. */
export async function judgeBlock(replica: Replica, { block, id }: SealedBlock): Promise<boolean> {
  const { header } = block;
  await replica.reach('process-proposal', header.height);
  const { status } = await replica.ask('ProcessProposal', (application) =>
    application.processProposal({
      txs: block.data.txs,
      proposedLastCommit: commitInfo(block.lastCommit as Commit, replica.state.lastValidators),
      misbehavior: misbehaviorOf(block.evidence.evidence),
      hash: id.hash,
      height: header.height,
      time: header.time,
      nextValidatorsHash: header.nextValidatorsHash,
      proposerAddress: header.proposerAddress,
    }),
  );
  if (status === Verdict.ACCEPT || status === Verdict.REJECT) return status === Verdict.ACCEPT;
  throw await replica.fail(
    new EngineError('ENGINE_APPLICATION_INVALID', `ProcessProposal answered ${status}`, { node: replica.name }),
  );
}

export async function saveBlock(replica: Replica, block: StoredBlock): Promise<void> {
  const { height } = block.block.header;
  await replica.reach('save-block', height);
  await replica.running.store.saveBlock(block);
}

/** FinalizeBlock on the node's state: nothing is kept yet. */
export async function executeBlock(replica: Replica, sealed: SealedBlock): Promise<Execution> {
  await replica.reach('finalize-block', sealed.block.header.height);
  const answer = await replica.ask('FinalizeBlock', (application) =>
    application.finalizeBlock(finalizeRequest(sealed, replica.state.lastValidators)),
  );
  try {
    return { sealed, answer, next: afterBlock(replica.state, sealed.block, sealed.id, answer) };
  } catch (error) {
    throw error instanceof EngineError ? await replica.fail(error) : error;
  }
}

/** Commit with the mempool locked, then state and index on disk, then the news. */
export async function commitBlock(replica: Replica, { sealed, answer, next }: Execution): Promise<void> {
  const { height } = sealed.block.header;
  const { store, mempool } = replica.running;
  await replica.reach('save-answer', height);
  await store.saveAnswer(height, answer);
  const retainHeight = await mempool.exclusive(async () => {
    await replica.reach('commit', height);
    const response = await replica.ask('Commit', (application) => application.commit());
    await replica.reach('recheck', height);
    const codes = answer.txResults.map(({ code }) => code);
    await mempool.afterBlock(sealed.block.data.txs, codes);
    return response.retainHeight;
  });
  await finishBlock(replica, { sealed, answer, next });
  if (retainHeight > 0n) await store.prune(retainHeight);
}

/** The end of a commit, which is all that is left when the application has committed and the node has not. */
export async function finishBlock(replica: Replica, { sealed, answer, next }: Execution): Promise<void> {
  const { height } = sealed.block.header;
  await replica.reach('save-state', height);
  await replica.running.store.saveState(next, indexWrites(sealed, answer));
  replica.state = next;
  await replica.reach('publish', height);
  if (replica.listeners.size === 0) return;
  for (const event of eventsOf(sealed, answer)) {
    const attributes = attributesOf(event);
    for (const listener of [...replica.listeners]) listener(event, attributes);
  }
}

export function finalizeRequest({ block, id }: SealedBlock, lastValidators: ValidatorSet | undefined): RequestFinalizeBlock {
  const { header } = block;
  return {
    txs: block.data.txs,
    decidedLastCommit: commitInfo(block.lastCommit as Commit, lastValidators),
    misbehavior: misbehaviorOf(block.evidence.evidence),
    hash: id.hash,
    height: header.height,
    time: header.time,
    nextValidatorsHash: header.nextValidatorsHash,
    proposerAddress: header.proposerAddress,
  };
}
