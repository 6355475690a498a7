// What a light client relies on: headers hash to their ids, link to each other, and are signed by more than two thirds.

import { expect } from 'chai';
import { confirmWith } from '../../relayer/comet/light-client/divergence.ts';
import { LightClient } from '../../relayer/comet/light-client/light-client.ts';
import { verifyNativeEd25519 } from '../../relayer/comet/light-client/native-ed25519.ts';
import { nodeProvider } from '../../relayer/comet/light-client/provider.ts';
import type { VerifiedBlock } from '../../relayer/comet/light-client/verify-block.ts';
import { systemClock } from '../../relayer/lib/clock.ts';
import { commitHashOf, headerHashOf, type Json, timestampOf, validatorsHashOf, verifyCommit } from '../helpers/light-client.ts';
import { base64, call } from './rpc-client.ts';
import type { RunningNetwork } from './running-network.ts';

const nanosOf = (time: string): bigint => timestampOf(time).seconds * 10n ** 9n + BigInt(timestampOf(time).nanos);

export function describeLightClient(network: () => RunningNetwork): void {
  describe('light client', () => {
    const urls = (): readonly string[] => network().nodes.map(({ rpcUrl }) => rpcUrl);

    it('accepts every block of the chain, and every node has the same', async () => {
      const [url = ''] = urls();
      for (let i = 0; i < 3; i++) await call(url, 'broadcast_tx_commit', { tx: base64(`light${process.pid}=${i}`) });
      const latest = Number((await call(url, 'status')).sync_info.latest_block_height);
      let previous: Json;
      for (let height = 1; height <= latest; height++) {
        const { block, block_id } = await call(url, 'block', { height: String(height) });
        const { signed_header } = await call(url, 'commit', { height: String(height) });
        const { validators } = await call(url, 'validators', { height: String(height) });
        expect(headerHashOf(block.header)).to.equal(block_id.hash);
        expect(signed_header.header).to.deep.equal(block.header);
        expect(signed_header.commit.block_id).to.deep.equal(block_id);
        expect(validatorsHashOf(validators)).to.equal(block.header.validators_hash);
        expect(verifyCommit(network().chainId, signed_header.commit, validators)).to.equal(true);
        expect(commitHashOf(block.last_commit)).to.equal(block.header.last_commit_hash);
        if (previous !== undefined) {
          expect(block.header.last_block_id).to.deep.equal(previous.block_id);
          expect(block.header.validators_hash).to.equal(previous.block.header.next_validators_hash);
          expect(verifyCommit(network().chainId, block.last_commit, previous.validators)).to.equal(true);
          expect(nanosOf(block.header.time) > nanosOf(previous.block.header.time), 'time moves on').to.equal(true);
        }
        previous = { block, block_id, validators };
      }
      for (const other of urls().slice(1))
        expect((await call(other, 'block', { height: String(latest - 1) })).block_id).to.deep.equal(
          previous.block.header.last_block_id,
        );
    });

    it('does not accept a commit with another vote, block or height', async () => {
      const [url = ''] = urls();
      const { signed_header } = await call(url, 'commit', { height: '2' });
      const { validators } = await call(url, 'validators', { height: '2' });
      const { commit } = signed_header;
      const [first, ...others] = commit.signatures;
      for (const forged of [
        { ...commit, height: '3' },
        { ...commit, round: commit.round + 1 },
        { ...commit, block_id: { ...commit.block_id, hash: commit.block_id.parts.hash } },
        { ...commit, signatures: [{ ...first, timestamp: '2000-01-01T00:00:00Z' }, ...others] },
      ])
        expect(() => verifyCommit(network().chainId, forged, validators)).to.throw('signature');
      expect(() => verifyCommit('another chain', commit, validators)).to.throw('signature');
    });

    it("is followed by the project's light client, at once and block by block, and every node agrees", async () => {
      const [url = '', ...others] = urls();
      await call(url, 'broadcast_tx_commit', { tx: base64(`follow${process.pid}=1`) });
      const { block_id } = await call(url, 'block', { height: '1' });
      // Block 1 has the time of a genesis that is as old as it likes.
      const trust = { height: 1n, hash: Uint8Array.from(Buffer.from(block_id.hash, 'hex')), trustingPeriodMs: 1e12 };
      const deps = { clock: systemClock, verifySignature: verifyNativeEd25519 };
      const provider = nodeProvider(url, { timeoutMs: 60_000 });
      const latest = await provider.latestHeight();
      const [skipping, stepping] = await Promise.all([0, 1].map(() => LightClient.open(provider, trust, deps)));
      const way = await skipping?.verify(latest);
      for (let height = 2n; height <= latest; height++) await stepping?.verify(height);
      const newest = way?.at(-1) as VerifiedBlock;
      expect(stepping?.last.hash).to.deep.equal(newest.hash);
      expect(newest.header.chainId).to.equal(network().chainId);
      for (const other of others) await confirmWith(nodeProvider(other), newest, trust, 60_000, deps);
    });

    it('finds the app hash of a block in the header of the next', async () => {
      const [url = ''] = urls();
      const { height } = await call(url, 'broadcast_tx_commit', { tx: base64(`app${process.pid}=hash`) });
      const { app_hash } = await call(url, 'block_results', { height });
      await call(url, 'broadcast_tx_commit', { tx: base64(`app${process.pid}=next`) });
      const { header } = await call(url, 'header', { height: String(Number(height) + 1) });
      expect(Buffer.from(app_hash, 'base64').toString('hex').toUpperCase()).to.equal(header.app_hash);
    });
  });
}
