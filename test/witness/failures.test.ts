import { expect } from 'chai';
import { EthereumError } from '../../relayer/ethereum/errors.ts';
import { CodedError } from '../../relayer/lib/errors.ts';
import { silentLog } from '../../relayer/lib/log.ts';
import { startWitness } from '../../relayer/witness/start-witness.ts';
import { Witness } from '../../relayer/witness/witness.ts';
import { add } from '../helpers/staking-history.ts';
import { WitnessBench } from '../helpers/witness-bench.ts';

describe('witness and failures', () => {
  it('an Ethereum that does not answer: silent with the reason, then it goes on', async () => {
    const bench = new WitnessBench();
    bench.chain.mineTo(111n);
    for (const { view } of bench.seats) view.down = true;
    await bench.run(2);
    expect(bench.sent('witness')).to.deep.equal([]);
    // Proposals need the peg alone.
    expect(bench.peg.round().number).to.equal(1);
    const status = bench.seat(1).witness.status();
    expect(status.state).to.equal('silent');
    expect(status.silence[0]).to.deep.include({ code: 'ETHEREUM_UNREACHABLE', message: 'the endpoint does not answer' });
    expect(status.silence[0]?.data).to.deep.equal({ error: 'VIEW_DOWN' });
    for (const { view } of bench.seats) view.down = false;
    await bench.run(3);
    expect(bench.peg.mature()).to.equal(105);
    expect(bench.seat(1).witness.status()).to.deep.include({ state: 'working', head: 111n, matureHead: 105n, witnessedTo: 105n });
  });

  it('a block that cannot be verified: votes up to the one before it, says which, and goes on when it can', async () => {
    const bench = new WitnessBench({ periodLength: 1_000 });
    for (let i = 0; i < 300; i++) bench.chain.mine(i % 10 === 0 ? [add('A', 1n)] : []);
    const bad = 100n + 231n;
    for (const { view } of bench.seats) view.unverified = bad;
    await bench.run(6);
    expect(bench.peg.mature()).to.equal(Number(bad) - 1);
    const [reason] = bench.seat(1).witness.status().silence;
    expect(reason).to.deep.include({ code: 'BLOCK_UNVERIFIED' });
    expect(reason?.data).to.deep.include({ eth_block: bad, error: 'ETH_FOLD_MISMATCH' });
    for (const { view } of bench.seats) view.unverified = undefined;
    await bench.run(6);
    expect(bench.peg.mature()).to.equal(394);
    expect(bench.silence(1)).to.deep.equal([]);
  });

  it('no head yet, and a peg that does not answer', async () => {
    const bench = new WitnessBench();
    const { witness } = bench.seat(1);
    expect(witness.status().state).to.equal('starting');
    await witness.step();
    expect(bench.silence(1)).to.deep.equal(['NO_HEAD']);
    bench.pegDown = true;
    await witness.step();
    expect(bench.silence(1)).to.deep.equal(['PEG_UNREACHABLE']);
    bench.pegDown = false;
    bench.chain.mineTo(107n);
    await bench.run(3);
    expect(bench.silence(1)).to.deep.equal([]);
  });

  for (const [code, reason] of [
    ['ETH_DISAGREEMENT', 'ENDPOINTS_DISAGREE'],
    ['ETH_TOO_FEW_ENDPOINTS', 'TOO_FEW_ENDPOINTS'],
  ] as const)
    it(`says ${reason} while the endpoints give ${code}, with a head and without`, async () => {
      const bench = new WitnessBench();
      const { witness, view } = bench.seat(1);
      const trouble = new EthereumError(code, 'no two of three endpoints agree');
      Object.assign(view, { trouble: () => trouble });
      await witness.step();
      expect(bench.silence(1)).to.deep.equal([reason]);
      bench.chain.mineTo(107n);
      await bench.run(3);
      expect(bench.silence(1)).to.include(reason);
      expect(witness.status().state).to.equal('silent');
      Object.assign(view, { trouble: () => undefined });
      await bench.run(1);
      expect(bench.silence(1)).to.deep.equal([]);
    });

  it('a peg that answers nonsense is a peg that does not answer', async () => {
    const bench = new WitnessBench();
    const { view, latch, port } = bench.seat(1);
    const { address, privateKey } = bench.peg.v(1);
    for (const spoiled of ['/validators', '/votes', '/round', '/params', '/ethereum', '/domain'])
      for (const answer of [null, 1, 'text', [], { '5': 1 }]) {
        const peg = { ...port, query: async (path: string) => (path === spoiled ? answer : port.query(path)) };
        const options = { ethereum: view, peg, privateKey, consensusAddress: address, latch, finality: 'depth' } as const;
        const witness = new Witness(options, { log: silentLog, clock: bench.clock });
        view.follow();
        await witness.step();
        const [reason] = witness.status().silence;
        const what = `${spoiled} ${JSON.stringify(answer)}`;
        expect([reason?.code, reason?.data.error], what).to.deep.equal(['PEG_UNREACHABLE', 'PEG_VIEW_MALFORMED']);
      }
  });

  it('a refusal is counted, named and tried again later', async () => {
    const bench = new WitnessBench();
    const { view, latch, port } = bench.seat(1);
    const { address, privateKey } = bench.peg.v(1);
    let tries = 0;
    const peg = {
      ...port,
      broadcast: async () => {
        tries++;
        return { code: 7, codespace: 'peg', log: 'not now', hash: '' };
      },
    };
    const options = { ethereum: view, peg, privateKey, consensusAddress: address, latch, finality: 'depth' } as const;
    const witness = new Witness(options, { log: silentLog, clock: bench.clock });
    bench.chain.mineTo(107n);
    view.follow();
    for (let i = 0; i < 4; i++) {
      await witness.step();
      await bench.clock.advance(1_000);
    }
    // A vote and a proposal, each at 0 s and 2 s.
    expect(tries).to.equal(4);
    expect(witness.status()).to.deep.include({ state: 'working', sent: 0, refused: { 'peg/7': 4 } });
  });

  it('reads no more of Ethereum than one or two headers while nothing moves', async () => {
    const bench = new WitnessBench();
    for (let i = 0; i < 20; i++) bench.chain.mine(i % 4 === 0 ? [add('A', 1n)] : []);
    await bench.run(10);
    const { requests } = bench.seat(1).view;
    const before = { ...requests };
    await bench.run(5);
    expect(requests.blocks).to.equal(before.blocks);
    expect(requests.commitment).to.equal(before.commitment).and.equal(1);
    expect(requests.header - before.header).to.be.at.most(10);
  });

  it('a step that is cancelled throws the signal’s reason', async () => {
    const bench = new WitnessBench();
    const { view, latch, port } = bench.seat(1);
    const { address, privateKey } = bench.peg.v(1);
    const stop = new AbortController();
    const peg = {
      ...port,
      query: async (path: string) => {
        stop.abort(new Error('enough'));
        throw new CodedError('PEG_UNREACHABLE', path);
      },
    };
    const options = { ethereum: view, peg, privateKey, consensusAddress: address, latch, finality: 'depth' } as const;
    const witness = new Witness(options, { log: silentLog, clock: bench.clock });
    const error = await witness.step(stop.signal).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('message', 'enough');
  });

  it('not a validator: silent, without asking Ethereum', async () => {
    const bench = new WitnessBench();
    const { view, latch, port } = bench.seat(1);
    const { privateKey } = bench.peg.v(1);
    const consensusAddress = `0x${'99'.repeat(20)}` as const;
    const options = { ethereum: view, peg: port, privateKey, consensusAddress, latch, finality: 'depth' } as const;
    const witness = new Witness(options, { log: silentLog, clock: bench.clock });
    bench.chain.mineTo(120n);
    view.follow();
    await witness.step();
    expect(witness.status().silence.map(({ code }) => code)).to.deep.equal(['NOT_A_VALIDATOR']);
    expect(view.requests).to.deep.equal({ header: 0, blocks: 0, commitment: 0 });
  });

  it('as a loop: steps until it is closed, whatever fails', async () => {
    const bench = new WitnessBench();
    bench.chain.mineTo(107n);
    const { view, latch, port } = bench.seat(1);
    const { address, privateKey } = bench.peg.v(1);
    const errors: string[] = [];
    const log = { ...silentLog, error: (_: object, message: string) => errors.push(message) };
    let fail = true;
    const failing = {
      ...latch,
      read: async () => {
        if (fail) throw new CodedError('LATCH', 'the disk is gone');
        return latch.read();
      },
    };
    const running = startWitness(
      {
        ethereum: view,
        peg: port,
        privateKey,
        consensusAddress: address,
        latch: failing,
        finality: 'depth',
        pollIntervalMs: 100,
      },
      { log, clock: bench.clock },
    );
    view.follow();
    await bench.clock.advance(250);
    expect(errors).to.deep.equal(Array(3).fill('a step of the witness failed'));
    expect(running.status().state).to.equal('starting');
    fail = false;
    await bench.clock.advance(100);
    expect(running.status().state).to.equal('working');
    expect(bench.sent('witness').length).to.equal(1);
    await running.close();
    await running.close();
    const sent = bench.handedIn.length;
    await bench.clock.advance(60_000);
    expect(bench.handedIn.length).to.equal(sent);
  });

  it('as a loop: ends with the signal and steps at once on a new head', async () => {
    const bench = new WitnessBench();
    const { view, latch, port } = bench.seat(1);
    const { address, privateKey } = bench.peg.v(1);
    const stop = new AbortController();
    let announce = () => {};
    const ethereum = {
      head: () => view.head(),
      finalized: () => view.finalized(),
      header: (number: bigint) => view.header(number),
      blocks: (from: bigint, to: bigint) => view.blocks(from, to),
      commitment: (hash: `0x${string}`) => view.commitment(hash),
      nextHead: () => new Promise<void>((resolve) => (announce = resolve)),
    };
    const running = startWitness(
      { ethereum, peg: port, privateKey, consensusAddress: address, latch, finality: 'depth', pollIntervalMs: 1_000_000 },
      { log: silentLog, clock: bench.clock, signal: stop.signal },
    );
    await bench.clock.advance(1);
    expect(running.status().silence.map(({ code }) => code)).to.deep.equal(['NO_HEAD']);
    bench.chain.mineTo(107n);
    view.follow();
    announce();
    await bench.clock.advance(1);
    expect(running.status()).to.deep.include({ state: 'working', head: 107n });
    stop.abort(new Error('enough'));
    announce();
    await running.close();
  });
});
