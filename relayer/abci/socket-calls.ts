// From a request of the socket protocol to the call of the application that it is, and back to a response.

import type { Request, Response } from 'cosmjs-types/tendermint/abci/types';
import type { Application } from './application.ts';

/** Makes the call; rejects or throws with what the application does. Undefined when the request is of no kind that ABCI 2.0 has. */
export function answer(application: Application, request: Request): Promise<Response> | undefined {
  const { echo, flush, info, query, checkTx, initChain, prepareProposal, processProposal, extendVote } = request;
  const { verifyVoteExtension, finalizeBlock, commit, listSnapshots, offerSnapshot, loadSnapshotChunk, applySnapshotChunk } =
    request;
  if (checkTx !== undefined) return as('checkTx', application.checkTx(checkTx));
  if (flush !== undefined) return Promise.resolve({ flush: {} });
  if (echo !== undefined) return Promise.resolve({ echo: { message: echo.message } });
  if (info !== undefined) return as('info', application.info(info));
  if (query !== undefined) return as('query', application.query(query));
  if (initChain !== undefined) return as('initChain', application.initChain(initChain));
  if (prepareProposal !== undefined) return as('prepareProposal', application.prepareProposal(prepareProposal));
  if (processProposal !== undefined) return as('processProposal', application.processProposal(processProposal));
  if (extendVote !== undefined) return as('extendVote', application.extendVote(extendVote));
  if (verifyVoteExtension !== undefined) return as('verifyVoteExtension', application.verifyVoteExtension(verifyVoteExtension));
  if (finalizeBlock !== undefined) return as('finalizeBlock', application.finalizeBlock(finalizeBlock));
  if (commit !== undefined) return as('commit', application.commit());
  if (listSnapshots !== undefined) return as('listSnapshots', application.listSnapshots());
  if (offerSnapshot !== undefined) return as('offerSnapshot', application.offerSnapshot(offerSnapshot));
  if (loadSnapshotChunk !== undefined) return as('loadSnapshotChunk', application.loadSnapshotChunk(loadSnapshotChunk));
  if (applySnapshotChunk !== undefined) return as('applySnapshotChunk', application.applySnapshotChunk(applySnapshotChunk));
  return undefined;
}

async function as<K extends keyof Response>(kind: K, call: Promise<NonNullable<Response[K]>>): Promise<Response> {
  return { [kind]: await call };
}
