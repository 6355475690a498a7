import { expect } from 'chai';
import { add, foldHistory, NO_EVENTS, staker } from '../helpers/staking-history.ts';
import { WitnessBench } from '../helpers/witness-bench.ts';

const E = 10n ** 18n;

describe('witnesses and reorgs', () => {
  it('reorg of depth ≤ x before maturity, 105 re-mined as 106′ with 90e: A = 90e', async () => {
    const bench = new WitnessBench();
    bench.chain.mineTo(104n);
    bench.chain.mine([add('A', 100n * E)]);
    bench.chain.mineTo(110n);
    await bench.run(3);
    bench.chain.drop(6);
    bench.chain.mineTo(105n);
    bench.chain.mine([add('A', 90n * E)]);
    bench.chain.mineTo(113n);
    await bench.run(6);
    expect(bench.peg.mature()).to.equal(107);
    expect(bench.peg.balance('A')).to.equal(90n * E);
    for (const { number } of bench.seats) expect(bench.peg.validator(number).revisions).to.equal(0);
  });

  it('reorg deeper than x after two of four voted: they vote again, the new content is confirmed, nothing applied twice', async () => {
    const bench = new WitnessBench();
    bench.chain.mineTo(104n);
    bench.chain.mine([add('A', 100n)]);
    bench.chain.mineTo(112n);
    await bench.run(3, 1, 2);
    expect(bench.peg.votes(105)[0]).to.deep.include({ conf: 2, hash: bench.chain.at(105n)?.header.hash });
    bench.chain.drop(9);
    bench.chain.mine([add('A', 60n)]);
    bench.chain.mine([add('A', 30n)]);
    bench.chain.mineTo(113n);
    await bench.run(2, 1, 2);
    expect(bench.peg.votes(105)[0]).to.deep.include({ conf: 2, hash: bench.chain.at(105n)?.header.hash });
    expect(bench.peg.validator(1).revisions).to.be.greaterThan(0);
    await bench.run(6);
    expect(bench.peg.mature()).to.equal(107);
    expect(bench.peg.balance('A')).to.equal(90n);
    expect(bench.seats.map(({ witness }) => witness.status().state)).to.deep.equal(Array(4).fill('working'));
  });

  it('V1, V2 voted a101–a103; the mature branch is b101–b102 only: their votes for a103 are gone, V4’s is the only one', async () => {
    const bench = new WitnessBench();
    bench.chain.mineTo(109n);
    await bench.run(1, 1, 2);
    const a103 = bench.chain.at(103n)?.header.hash;
    bench.seat(4).view.follow();
    bench.chain.drop(9);
    bench.chain.mineTo(108n);
    await bench.run(1, 1, 2);
    // V4 has not heard of the reorg.
    await bench.seat(4).witness.step();
    await bench.block();
    expect(bench.peg.votes(103)).to.have.length(1);
    expect(bench.peg.votes(103)[0]).to.deep.include({ hash: a103, voters: [bench.peg.v(4).address] });
    expect(bench.peg.votes(102).map(({ conf }) => conf)).to.deep.equal([2, 1]);
    expect(bench.peg.validator(1).witnessedTo).to.equal(102);
    bench.chain.mineTo(109n);
    await bench.run(4);
    expect(bench.peg.mature()).to.equal(103);
  });

  it('a branch so short that nothing of it is mature: the votes are withdrawn, not replaced', async () => {
    const bench = new WitnessBench();
    bench.chain.mineTo(109n);
    await bench.run(1, 1, 2);
    bench.chain.drop(9);
    bench.chain.mineTo(106n);
    await bench.run(1, 1, 2);
    expect(bench.sent('witness').at(-1)?.transaction).to.deep.include({ sequence: 2n, fromBlock: 101n, blocks: [] });
    expect(bench.peg.view().votes).to.deep.equal({});
    expect(bench.peg.validator(1).witnessedTo).to.equal(100);
    bench.chain.mineTo(110n);
    await bench.run(4);
    expect(bench.peg.mature()).to.equal(104);
  });

  it('a head that only goes back for a while changes nothing', async () => {
    const bench = new WitnessBench();
    bench.chain.mineTo(112n);
    await bench.run(3, 1, 2);
    const sent = bench.handedIn.length;
    bench.seat(1).view.follow(8n);
    await bench.seat(1).witness.step();
    expect(bench.handedIn.length).to.equal(sent);
    await bench.run(2, 1, 2);
    expect(bench.handedIn.length).to.equal(sent);
  });

  it('reorg deeper than x after finality: no state change, the witnesses stop and say so until an operator acts', async () => {
    const bench = new WitnessBench();
    bench.chain.mine([add('A', 100n)]);
    bench.chain.mineTo(112n);
    await bench.run(5);
    expect(bench.peg.mature()).to.equal(106);
    const [before, sent] = [bench.peg.state.hash(), bench.handedIn.length];
    bench.chain.drop(12);
    bench.chain.mineTo(111n);
    // Below x above the mature block it might still pass.
    await bench.run(2);
    expect(bench.silence(1)).to.deep.equal(['MATURE_BLOCK_DIFFERS']);
    expect(await bench.seat(1).latch.read()).to.equal(undefined);
    bench.chain.mineTo(130n);
    await bench.run(3);
    expect([bench.peg.state.hash(), bench.handedIn.length]).to.deep.equal([before, sent]);
    for (const { number, witness, latch } of bench.seats) {
      expect(witness.status().state).to.equal('latched');
      expect(bench.silence(number)).to.deep.equal(['LATCH_CLOSED']);
      expect(await latch.read()).to.deep.include({ reason: 'hash', block: '106', closedAt: '2027-01-15T08:00:07.000Z' });
      bench.restart(number);
    }
    await bench.run(2);
    expect([bench.peg.state.hash(), bench.handedIn.length]).to.deep.equal([before, sent]);
    expect(bench.seat(1).witness.status().latch?.message).to.contain(bench.chain.at(106n)?.header.hash);
    // The operator opens the latch although nothing has changed: it closes at once.
    await bench.seat(1).latch.reopen();
    await bench.run(1, 1);
    expect(bench.seat(1).witness.status().state).to.equal('latched');
    expect(bench.handedIn.length).to.equal(sent);
  });

  it('genesis snapshot at nonce 5, contract at 7: no votes, the latch says why', async () => {
    const five = [1n, 2n, 3n, 4n, 5n].map((amount) => add('A', amount));
    const snapshot = foldHistory(NO_EVENTS, 90n, five);
    const contract = foldHistory(snapshot, 95n, [add('A', 6n), add('A', 7n)]);
    const bench = new WitnessBench({
      chain: { genesisCommitment: contract },
      snapshot: { nonce: '5', accumulator: snapshot.accumulator, balances: { [staker('A')]: '15' } },
    });
    bench.chain.mineTo(105n);
    await bench.run(1);
    expect(bench.silence(1)).to.deep.equal(['HEAD_TOO_LOW']);
    bench.chain.mineTo(120n);
    await bench.run(3);
    expect(bench.sent('witness')).to.deep.equal([]);
    const status = bench.seat(1).witness.status();
    expect(status.state).to.equal('latched');
    expect(status.latch).to.deep.include({ reason: 'commitment', block: '100' });
    expect([status.latch?.peg?.nonce, status.latch?.chain?.nonce]).to.deep.equal(['5', '7']);
  });

  it('a genesis snapshot that is the contract’s: votes and counts from there', async () => {
    const snapshot = foldHistory(NO_EVENTS, 90n, [add('A', 15n)]);
    const bench = new WitnessBench({
      chain: { genesisCommitment: snapshot },
      snapshot: { nonce: '1', accumulator: snapshot.accumulator, balances: { [staker('A')]: '15' } },
    });
    bench.chain.mine([add('A', 5n)]);
    bench.chain.mineTo(110n);
    await bench.run(5);
    expect(bench.peg.mature()).to.equal(104);
    expect(bench.peg.balance('A')).to.equal(20n);
  });

  it('block S does not carry startBlockHash: silent below x, latched from then on', async () => {
    const bench = new WitnessBench({ startBlockHash: `0x${'55'.repeat(32)}` });
    bench.chain.mineTo(105n);
    await bench.run(2);
    expect(bench.silence(1)).to.deep.equal(['MATURE_BLOCK_DIFFERS']);
    bench.chain.mineTo(106n);
    await bench.run(2);
    expect(bench.seat(1).witness.status()).to.deep.include({ state: 'latched' });
    expect(bench.sent('witness')).to.deep.equal([]);
  });
});
