// A key-value store on CometBFT: `npx tsx examples/key-value.ts unix:///tmp/kv.sock`, then in another terminal
// `cometbft init` and `cometbft start --proxy_app unix:///tmp/kv.sock`. State is in memory: a restart replays the blocks.
import { createHash } from 'node:crypto';
import * as abci from 'cosmjs-types/tendermint/abci/types';
import type { Application } from '../relayer/abci/application.ts';
import { serveApplication } from '../relayer/abci/socket-server.ts';
import { silentLog } from '../relayer/lib/log.ts';

const entries = new Map<string, string>();
let height = 0n;
let appHash: Uint8Array = new Uint8Array(32);
const pairOf = (tx: Uint8Array) => /^([^=]+)=([^=]*)$/.exec(Buffer.from(tx).toString());

const keyValue: Application = {
  info: async () => abci.ResponseInfo.fromPartial({ data: 'key-value', lastBlockHeight: height, lastBlockAppHash: appHash }),
  initChain: async () => abci.ResponseInitChain.fromPartial({ appHash }),
  checkTx: async ({ tx }) => abci.ResponseCheckTx.fromPartial({ code: pairOf(tx) ? 0 : 1 }),
  prepareProposal: async ({ txs }) => ({ txs }),
  processProposal: async () => ({ status: abci.ResponseProcessProposal_ProposalStatus.ACCEPT }),
  finalizeBlock: async ({ txs, height: next }) => {
    const pairs = txs.map(pairOf);
    for (const [, key = '', value = ''] of pairs.filter((pair) => pair !== null)) entries.set(key, value);
    appHash = txs.reduce((hash, tx) => createHash('sha256').update(hash).update(tx).digest(), appHash);
    height = next;
    return abci.ResponseFinalizeBlock.fromPartial({ appHash, txResults: pairs.map((pair) => ({ code: pair ? 0 : 1 })) });
  },
  commit: async () => ({ retainHeight: 0n }),
  query: async ({ data: key }) =>
    abci.ResponseQuery.fromPartial({ key, value: Buffer.from(entries.get(Buffer.from(key).toString()) ?? ''), height }),
  extendVote: async () => abci.ResponseExtendVote.fromPartial({}),
  verifyVoteExtension: async () => ({ status: abci.ResponseVerifyVoteExtension_VerifyStatus.ACCEPT }),
  listSnapshots: async () => ({ snapshots: [] }),
  offerSnapshot: async () => abci.ResponseOfferSnapshot.fromPartial({}),
  loadSnapshotChunk: async () => abci.ResponseLoadSnapshotChunk.fromPartial({}),
  applySnapshotChunk: async () => abci.ResponseApplySnapshotChunk.fromPartial({}),
};

const address = process.argv[2] ?? 'tcp://127.0.0.1:26658';
console.log(`serving at ${(await serveApplication(keyValue, { address }, { log: silentLog })).address}`);
