// The node's interface as a source of blocks and records for the light client, which believes none of it. The record is asked
// for first: its proof says which block it belongs to.

import type { LightBlockDocument, ProofDocument } from '../relayer/client/documents.ts';
import { LightError } from '../relayer/comet/light-client/errors.ts';
import type { LightProvider } from '../relayer/comet/light-client/provider.ts';
import { readSignedBlock, readValidatorPage } from '../relayer/comet/light-client/read-light-block.ts';
import { pathOf, type Question, type ShownRecord } from '../relayer/comet/light-client/state-record.ts';
import { hex } from '../relayer/lib/bytes.ts';
import { read } from './node-data.ts';

const proofOf = (question: Question, query = '') => read<ProofDocument>(`./proof${pathOf(question)}${query}`);

/** Header, commit and validators of a block; rejects when the node has none of this height. */
export async function readLightBlock(height: bigint) {
  const { header, commit, validators } = await read<LightBlockDocument>(`./light-blocks/${height}`);
  const page = readValidatorPage({ total: validators.length, validators });
  return { ...readSignedBlock({ signed_header: { header, commit } }), validators: page.validators };
}

/** A provider for one question. */
export function pageProvider(question: Question): LightProvider {
  let newest: ProofDocument | undefined;
  return {
    name: location.origin,
    async latestHeight() {
      newest = await proofOf(question);
      return BigInt(newest.height) + 1n;
    },
    lightBlock: readLightBlock,
    async record(_, height): Promise<ShownRecord> {
      const known = newest?.height === Number(height) ? newest : await proofOf(question, `?height=${height}`);
      if (known.height !== Number(height))
        throw new LightError('HEIGHT_UNAVAILABLE', `the node shows the state after block ${known.height}, not ${height}`);
      const proof = known.proof.map(({ type, key, data }) => ({ type, key: hex(key), data: hex(data) }));
      return { value: hex(known.value), proof };
    },
  };
}
