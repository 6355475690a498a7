// The whole chain of the real engine, built anew: every hash, priority and JSON answer must come out the same.

import { expect } from 'chai';
import { ResponseInitChain } from 'cosmjs-types/tendermint/abci/types';
import { makeBlock, readBlock } from '../../../relayer/engine/chain/block.ts';
import { afterBlock, afterInitChain, genesisState } from '../../../relayer/engine/chain/chain-state.ts';
import { paramsRecord } from '../../../relayer/engine/chain/consensus-params.ts';
import { medianTime } from '../../../relayer/engine/chain/vote.ts';
import { attributesOf, type ChainEvent, eventsOf } from '../../../relayer/engine/replica/chain-events.ts';
import {
  blockIdJson,
  blockJson,
  commitJson,
  paramsJson,
  proofJson,
  validatorJson,
} from '../../../relayer/engine/rpc/chain-json.ts';
import { subscriptionJson } from '../../../relayer/engine/rpc/event-json.ts';
import { genesisJson } from '../../../relayer/engine/rpc/genesis-json.ts';
import {
  fromBase64,
  fromHex,
  type RecordedBlock,
  readAnswer,
  readCommit,
  readEvidence,
  readResult,
  readSealed,
  recordedChain,
  recordedEvents,
} from '../../helpers/comet-vectors.ts';
import { commitHashOf, dataHashOf, headerHashOf, validatorsHashOf, verifyCommit } from '../../helpers/light-client.ts';

describe('engine: recorded chain of CometBFT', () => {
  const { genesis, blocks, search } = recordedChain();
  const { chain_id } = genesis;

  it('is what the light client of these tests accepts', () => {
    for (const { block, validators, commit } of blocks) {
      const { header, data, last_commit } = block.block;
      expect(headerHashOf(header)).to.equal(block.block_id.hash);
      expect(dataHashOf(data.txs)).to.equal(header.data_hash);
      expect(validatorsHashOf(validators)).to.equal(header.validators_hash);
      expect(commitHashOf(last_commit)).to.equal(header.last_commit_hash);
      expect(verifyCommit(chain_id, commit, validators)).to.equal(true);
    }
  });

  it('is built anew from genesis, votes and answers, byte for byte', () => {
    const appHash = fromHex(blocks[0]?.block.block.header.app_hash);
    let state = afterInitChain(genesisState(genesis), ResponseInitChain.fromPartial({ appHash }), 1n);
    for (const { block: recorded, results, validators, params } of blocks) {
      const { header, data, last_commit, evidence } = recorded.block;
      expect(state.validators.validators.map(validatorJson)).to.deep.equal(validators);
      expect(paramsJson(paramsRecord(state.params))).to.deep.equal(params);
      const sealed = makeBlock(
        state,
        data.txs.map(fromBase64),
        readCommit(last_commit),
        evidence.evidence.map(readEvidence),
        fromHex(header.proposer_address),
      );
      expect(blockJson(sealed)).to.deep.equal(recorded.block);
      expect(blockIdJson(sealed.id)).to.deep.equal(recorded.block_id);
      expect(blockJson(readBlock(sealed.encoded))).to.deep.equal(recorded.block);
      state = afterBlock(state, sealed.block, sealed.id, readAnswer(results));
    }
  });

  it('has the block times that the median of the votes gives', () => {
    const appHash = fromHex(blocks[0]?.block.block.header.app_hash);
    const state = afterInitChain(genesisState(genesis), ResponseInitChain.fromPartial({ appHash }), 1n);
    const commit = readCommit(blocks[1]?.block.block.last_commit);
    const votes = commit.signatures.map(({ timestamp }) => timestamp);
    expect(votes).to.deep.include(medianTime(commit, state.validators));
  });

  it('looks the same in commits, genesis, proofs and events', () => {
    expect(genesisJson(genesis)).to.deep.equal(genesis);
    for (const { commit } of blocks) expect(commitJson(readCommit(commit))).to.deep.equal(commit);
    for (const { tx, height, index, proof } of search.txs) {
      const txs = blocks.find(({ block }) => block.block.header.height === height)?.block.block.data.txs.map(fromBase64);
      expect(Buffer.from(txs[index]).toString('base64')).to.equal(tx);
      expect(proofJson(txs, index)).to.deep.equal(proof);
    }
  });

  it('tells subscribers the same', () => {
    const messages = recordedEvents();
    const said = (event: ChainEvent, { query }: { query: string }) => subscriptionJson(query, event, attributesOf(event));
    for (const name of ['NewBlock', 'NewBlock with evidence']) {
      const { result } = messages[name];
      const { block, result_finalize_block } = result.data.value;
      const [event] = eventsOf(readSealed(block), readAnswer(result_finalize_block));
      expect(event && said(event, result), name).to.deep.equal(result);
    }
    const { TxResult } = messages.Tx.result.data.value;
    const tx: ChainEvent = {
      name: 'Tx',
      height: BigInt(TxResult.height),
      index: TxResult.index,
      tx: fromBase64(TxResult.tx),
      result: readResult(TxResult.result),
    };
    expect(said(tx, messages.Tx.result)).to.deep.equal(messages.Tx.result);
    const at = (height: number) => blocks.find(({ block }) => block.block.header.height === String(height)) as RecordedBlock;
    const changed = messages.ValidatorSetUpdates.result;
    const updates = eventsOf(readSealed(at(15).block.block), readAnswer(at(15).results)).find(
      ({ name }) => name === 'ValidatorSetUpdates',
    );
    expect(updates && said(updates, changed)).to.deep.equal(changed);
    const quiet = messages.NewBlockEvents.result;
    const { height } = quiet.data.value;
    const events = eventsOf(readSealed(at(height).block.block), readAnswer(at(height).results)).find(
      ({ name }) => name === 'NewBlockEvents',
    );
    expect(events && said(events, quiet)).to.deep.equal(quiet);
  });
});
