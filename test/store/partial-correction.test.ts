// A node that joins by a snapshot while a correction lacks some of its balances: the lists that are there come with it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { toHex } from '../../relayer/lib/bytes.ts';
import { openMemoryStore } from '../../relayer/store/memory-store.ts';
import { openSnapshot, writeSnapshot } from '../../relayer/store/snapshot-file.ts';
import { SnapshotRestore } from '../../relayer/store/snapshot-restore.ts';
import { correctionTo } from '../helpers/correction-of.ts';
import { settle } from '../helpers/honest-validators.ts';
import { MemoryState } from '../helpers/memory-state.ts';
import { ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, StakingHistory } from '../helpers/staking-history.ts';

const ALL = new Uint8Array(0);
const STAKERS = Array.from({ length: 250 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, '0')}`);
const HELD = new StakingHistory(100n).mine(103, ...STAKERS.map((who) => add(who, 10n)));
const TRUE = HELD.fork(103, 'won').mine(103, ...STAKERS.map((who, i) => add(who, BigInt(i) + 11n)));
const AT = 110;

describe('a snapshot in the middle of a correction', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peg-partial-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('carries the lists that are on record, and the node adopts what the others adopt', async () => {
    const peg = new ScriptedPeg();
    settle(peg, HELD, AT);
    peg.block(...[1, 2, 3].map((number) => peg.contest(number, AT, TRUE.block(AT).hash)));
    const { change, lists } = correctionTo(peg, TRUE, AT, 100);
    const motion = peg.motion([change]);
    peg.block(...[1, 2, 3].map((number) => peg.govern(number, motion)));
    peg.block(...lists.slice(1).map((list) => peg.balances(1, list)));
    expect(peg.motionRecord(motion)?.missing).to.deep.equal(change.balances.slice(0, 1));

    const store = openMemoryStore();
    store.stage(peg.state.scan(ALL));
    await store.commit(1n);
    const frozen = store.freeze();
    const path = join(folder, 'snapshot');
    await writeSnapshot(frozen, path, { records: [] });
    await frozen.release();
    const snapshot = await openSnapshot(path);
    const target = openMemoryStore();
    const restoring = await SnapshotRestore.begin(target, snapshot.manifest);
    for (let i = 0; i < snapshot.manifest.chunks.length; i++) await restoring.take(i, await snapshot.chunk(i));
    await restoring.finish({});
    await snapshot.close();
    expect(toHex(target.root)).to.equal(toHex(store.root));

    const joined = peg.twin();
    joined.state = new MemoryState();
    joined.state.apply(target.reader().scan(ALL));
    const last = peg.balances(2, lists[0] ?? []);
    for (const node of [peg, joined]) expect(node.block(last).codes).to.deep.equal(['ok']);
    expect(joined.motionRecord(motion)?.decision?.outcome).to.equal('passed');
    expect(joined.state.hash()).to.equal(peg.state.hash());
    expect(joined.balance(STAKERS[249] as string)).to.equal(260n);
  });
});
