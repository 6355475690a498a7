// From a request of the socket protocol to the call of the application that it is, and back to a response.

import type { Request, Response } from 'cosmjs-types/tendermint/abci/types';
import type { Application } from './application.ts';
import { AbciError } from './errors.ts';

/** Answers one request. Rejects with ABCI_REQUEST_UNKNOWN for none of ours, and with whatever the application rejects with. */
export async function answer(application: Application, request: Request): Promise<Response> {
  if (request.echo !== undefined) return { echo: { message: request.echo.message } };
  if (request.flush !== undefined) return { flush: {} };
  if (request.info !== undefined) return { info: await application.info(request.info) };
  if (request.query !== undefined) return { query: await application.query(request.query) };
  if (request.checkTx !== undefined) return { checkTx: await application.checkTx(request.checkTx) };
  if (request.initChain !== undefined) return { initChain: await application.initChain(request.initChain) };
  if (request.prepareProposal !== undefined)
    return { prepareProposal: await application.prepareProposal(request.prepareProposal) };
  if (request.processProposal !== undefined)
    return { processProposal: await application.processProposal(request.processProposal) };
  if (request.extendVote !== undefined) return { extendVote: await application.extendVote(request.extendVote) };
  if (request.verifyVoteExtension !== undefined)
    return { verifyVoteExtension: await application.verifyVoteExtension(request.verifyVoteExtension) };
  if (request.finalizeBlock !== undefined) return { finalizeBlock: await application.finalizeBlock(request.finalizeBlock) };
  if (request.commit !== undefined) return { commit: await application.commit() };
  if (request.listSnapshots !== undefined) return { listSnapshots: await application.listSnapshots() };
  if (request.offerSnapshot !== undefined) return { offerSnapshot: await application.offerSnapshot(request.offerSnapshot) };
  if (request.loadSnapshotChunk !== undefined)
    return { loadSnapshotChunk: await application.loadSnapshotChunk(request.loadSnapshotChunk) };
  if (request.applySnapshotChunk !== undefined)
    return { applySnapshotChunk: await application.applySnapshotChunk(request.applySnapshotChunk) };
  throw new AbciError('ABCI_REQUEST_UNKNOWN', 'the request is of no kind that ABCI 2.0 has');
}
