// The same block on every node: saved, executed, compared, committed. Nothing is committed where applications disagree.

import { ResponseFinalizeBlock } from 'cosmjs-types/tendermint/abci/types';
import { equalBytes, toHex } from '../lib/bytes.ts';
import { consensusHash } from './chain/block-hashes.ts';
import { afterBlock } from './chain/chain-state.ts';
import { validatorsHash } from './chain/validator-set.ts';
import { EngineError } from './errors.ts';
import { commitBlock, type Execution, executeBlock, saveBlock } from './replica/block-execution.ts';
import type { StoredBlock } from './replica/block-store.ts';
import type { Replica } from './replica/replica.ts';
import { type Survivor, survivors } from './survivors.ts';

/** Throws ENGINE_APPLICATIONS_DIVERGED, before anything of the block is committed. */
export async function applyBlock(replicas: readonly Replica[], block: StoredBlock): Promise<void> {
  const saved = await survivors(replicas, (replica) => saveBlock(replica, block));
  const executed = await survivors(
    saved.map(({ replica }) => replica),
    (replica) => executeBlock(replica, block),
  );
  expectAgreement(executed);
  const next = executed[0]?.value.next;
  if (next === undefined) return;
  // They agree, so one state serves all.
  const executions = new Map(executed.map(({ replica, value }) => [replica, { ...value, next }]));
  await survivors([...executions.keys()], (replica) => commitBlock(replica, executions.get(replica) as Execution));
}

/** Brings a node to where `peer` is, block by block, as CometBFT's block sync does: no proposals, FinalizeBlock and Commit. */
export async function catchUp(replica: Replica, peer: Replica): Promise<void> {
  const from = replica.running.store.height === 0n ? replica.state.initialHeight : replica.running.store.height + 1n;
  for (let height = from; height <= peer.running.store.height; height++) {
    const block = await peer.running.store.block(height);
    const answer = await peer.running.store.answer(height);
    if (block === undefined || answer === undefined)
      throw new EngineError(
        'ENGINE_APPLICATION_BEHIND',
        `node ${replica.name} needs block ${height}, which node ${peer.name} no longer has`,
        { node: replica.name, height: Number(height) },
      );
    await saveBlock(replica, block);
    const execution = await executeBlock(replica, block);
    expectAgreement([
      { replica: peer, value: { sealed: block, answer, next: afterBlock(replica.state, block.block, block.id, answer) } },
      { replica, value: execution },
    ]);
    await commitBlock(replica, execution);
  }
  if (replica.running.store.height >= from)
    replica.log.info({ height: Number(replica.state.lastHeight), from: Number(from), peer: peer.name }, 'node caught up');
}

/** Nodes of one height must build the same next block: throws ENGINE_APPLICATIONS_DIVERGED when one of them would not. */
export function expectSameState(replica: Replica, other: Replica): void {
  const [a, b] = [replica.state, other.state];
  const pairs: readonly (readonly [Uint8Array, Uint8Array])[] = [
    [a.appHash, b.appHash],
    [a.lastResultsHash, b.lastResultsHash],
    [a.lastBlockId.hash, b.lastBlockId.hash],
    [validatorsHash(a.validators), validatorsHash(b.validators)],
    [validatorsHash(a.nextValidators), validatorsHash(b.nextValidators)],
    [consensusHash(a.params), consensusHash(b.params)],
  ];
  if (pairs.every(([mine, theirs]) => equalBytes(mine, theirs))) return;
  const nodes = [replica, other].map(({ name, state }) => ({ node: name, appHash: toHex(state.appHash) }));
  throw diverged(
    `nodes ${replica.name} and ${other.name} are at height ${a.lastHeight} with different states`,
    a.lastHeight,
    nodes,
  );
}

/** What the next header commits to, validators and parameters, must be the same everywhere. */
function expectAgreement(executed: readonly Survivor<Execution>[]): void {
  const [first, ...others] = executed;
  if (first === undefined) return;
  const agreed = digest(first.value);
  if (others.every(({ value }) => equalBytes(digest(value), agreed))) return;
  const { height } = first.value.sealed.block.header;
  const nodes = executed.map(({ replica, value }) => ({
    node: replica.name,
    appHash: toHex(value.answer.appHash),
    resultsHash: toHex(value.next.lastResultsHash),
  }));
  throw diverged(`the applications disagree about block ${height}`, height, nodes);
}

function diverged(
  message: string,
  height: bigint,
  nodes: readonly { readonly node: string; readonly appHash: string }[],
): EngineError {
  const list = nodes.map(({ node, appHash }) => `${node} ${appHash}`).join(', ');
  return new EngineError('ENGINE_APPLICATIONS_DIVERGED', `${message}: ${list}`, { height: Number(height), nodes });
}

function digest({ answer, next }: Execution): Uint8Array {
  const { appHash, validatorUpdates, consensusParamUpdates } = answer;
  return ResponseFinalizeBlock.encode(
    ResponseFinalizeBlock.fromPartial({
      appHash,
      validatorUpdates,
      ...(consensusParamUpdates === undefined ? {} : { consensusParamUpdates }),
      txResults: [{ data: next.lastResultsHash }],
    }),
  ).finish();
}
