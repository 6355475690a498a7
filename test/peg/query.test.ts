import { expect } from 'chai';
import { to0x } from '../../relayer/lib/bytes.ts';
import { answerQuery } from '../../relayer/peg/query.ts';
import { decodeBalance, decodeLimit, decodeRound } from '../../relayer/peg/tables.ts';
import { honestDeliveries, settle } from '../helpers/honest-validators.ts';
import { codeName, ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, foldHistory, remove, StakingHistory, staker } from '../helpers/staking-history.ts';

const HISTORY = new StakingHistory(100n)
  .mine(101, add('A', 1n), add('B', 2n ** 255n))
  .mine(112, add('C', 5n), remove('A', 1n))
  .mine(114, add('A', 8n));

/** Round 2 with some of everything pending. */
function busy(): ScriptedPeg {
  const peg = new ScriptedPeg({ powers: [3n, 2n, 2n, 1n] });
  settle(peg, HISTORY, 110);
  peg.block(peg.vote(1, 111, HISTORY.contents(111, 114)), peg.post('B', 'x'), peg.post('A', 's', 2, 'stream'));
  peg.block(...honestDeliveries(peg, HISTORY, 1));
  const other = HISTORY.fork(112, 'b').mine(112, add('C', 6n));
  peg.block(peg.vote(2, 111, other.contents(111, 112)));
  return peg;
}

const V = (peg: ScriptedPeg, number: number) => peg.v(number).address;
const refusal = (peg: ScriptedPeg, path: string) => {
  const answer = peg.ask(path);
  expect(answer.value).to.deep.equal(new Uint8Array(0));
  expect(answer.key).to.equal(undefined);
  return codeName(answer);
};

describe('query', () => {
  const peg = busy();

  it('/round, /balance and /limit name the record that proves them', () => {
    const round = peg.ask('/round');
    expect(JSON.parse(new TextDecoder().decode(round.value))).to.deep.equal({
      number: 2,
      startsAt: 110,
      endsAt: 120,
      limit: 1000,
    });
    expect(decodeRound(peg.state.get(round.key as Uint8Array) as Uint8Array).number).to.equal(2n);
    const b = staker('B');
    expect(peg.query(`/balance/${b}`)).to.deep.equal({ address: b, balance: String(2n ** 255n) });
    expect(decodeBalance(peg.state.get(peg.ask(`/balance/${b}`).key as Uint8Array) as Uint8Array)).to.equal(2n ** 255n);
    expect(peg.query(`/limit/${b}`)).to.deep.equal({
      address: b,
      orderLimit: 999,
      streamLimit: 1,
      usage: { orders: 1, streams: 0 },
    });
    expect(decodeLimit(peg.state.get(peg.ask(`/limit/${b}`).key as Uint8Array) as Uint8Array).orderLimit).to.equal(999n);
  });

  it('shows nothing as zero, with the key that proves its absence', () => {
    const nobody = staker('nobody');
    expect(peg.query(`/balance/${nobody}`)).to.deep.equal({ address: nobody, balance: '0' });
    expect(peg.query(`/limit/${nobody}`)).to.deep.equal({
      address: nobody,
      orderLimit: 0,
      streamLimit: 0,
      usage: { orders: 0, streams: 0 },
    });
    for (const path of ['balance', 'limit']) {
      const { key } = peg.ask(`/${path}/${nobody}`);
      expect(key).to.have.length(21);
      expect(peg.state.get(key as Uint8Array)).to.equal(undefined);
    }
  });

  it('takes an address in either case and nothing else for one', () => {
    const b = staker('B');
    expect(peg.query(`/balance/0x${b.slice(2).toUpperCase()}`)).to.deep.equal(peg.query(`/balance/${b}`));
    for (const wrong of ['', 'B', b.slice(2), `${b}00`, `${b.slice(0, -1)}g`, `0X${b.slice(2)}`])
      expect(refusal(peg, `/balance/${wrong}`), wrong).to.equal('QUERY_ARGUMENT');
  });

  it('/final/<height> tells the hash that is kept, or that none is', () => {
    expect(peg.query('/final/110')).to.deep.equal({ height: 110, hash: HISTORY.block(110).hash });
    for (const height of ['100', '111', '9999999999999999']) expect(refusal(peg, `/final/${height}`)).to.equal('QUERY_NOT_FOUND');
    for (const wrong of ['', '-1', '0110', '1.5', '1e2', '99999999999999999', 'latest'])
      expect(refusal(peg, `/final/${wrong}`), wrong).to.equal('QUERY_ARGUMENT');
  });

  it('/balances and /limits are read in pages, each entry once', () => {
    const all = [staker('A'), staker('B')].sort();
    const read = (path: string) => peg.query(path) as { balances: object; limits: object; next: string | null };
    expect(Object.keys(read('/balances').balances)).to.deep.equal(all);
    const first = read('/balances?limit=1');
    expect([Object.keys(first.balances), first.next]).to.deep.equal([[all[0]], all[0]]);
    const second = read(`/balances?after=0x${all[0]?.slice(2).toUpperCase()}&limit=1`);
    expect([Object.keys(second.balances), second.next]).to.deep.equal([[all[1]], null]);
    expect(read(`/limits?after=${all[1]}`)).to.deep.equal({ limits: {}, next: null });
    const { address, ...limit } = peg.query(`/limit/${staker('B')}`) as Record<string, unknown>;
    expect((read('/limits').limits as Record<string, unknown>)[address as string]).to.deep.equal(limit);
    for (const wrong of ['limit=0', 'limit=1001', 'limit=01', '&limit=1', 'after=0x', `after=${all[0]}&`, 'limit=1&limit=1', '?'])
      for (const list of ['balances', 'limits']) expect(refusal(peg, `/${list}?${wrong}`), wrong).to.equal('QUERY_ARGUMENT');
    expect(refusal(peg, '/balances/')).to.equal('QUERY_PATH');
    expect(refusal(peg, '/round?limit=1')).to.equal('QUERY_PATH');
  });

  it('refuses unknown paths and says which there are', () => {
    for (const path of [
      '',
      '/',
      'round',
      '/rounds',
      '/round/',
      '/round/1',
      '/balance',
      '/state/x/y',
      '/toString',
      '/__proto__',
      '//round',
    ])
      expect(refusal(peg, path), path).to.equal('QUERY_PATH');
    expect(peg.ask('/nothing').log).to.match(/known: .*\/round.*\/ethereum.*\/balance\/<addr>/);
  });

  it('/votes shows every content, strongest first', () => {
    const other = HISTORY.fork(112, 'b').mine(112, add('C', 6n)).block(112);
    const { hash, after } = HISTORY.block(112);
    const votes = peg.query('/votes') as Record<string, unknown>;
    expect(Object.keys(votes)).to.deep.equal(['111', '112', '113', '114']);
    expect(votes['111']).to.deep.equal([
      {
        hash: HISTORY.block(111).hash,
        nonce: null,
        accumulator: null,
        conf: 2,
        power: 5,
        voters: [V(peg, 1), V(peg, 2)],
        missing: false,
      },
    ]);
    expect(votes['112']).to.deep.equal([
      {
        hash,
        nonce: Number(after.nonce),
        accumulator: after.accumulator,
        conf: 1,
        power: 3,
        voters: [V(peg, 1)],
        missing: false,
      },
      { hash: other.hash, nonce: 3, accumulator: other.after.accumulator, conf: 1, power: 2, voters: [V(peg, 2)], missing: true },
    ]);
  });

  it('/events shows what was delivered for the strongest content', () => {
    const event = (who: string, type: string, amount: string) => ({ staker: staker(who), type, amount, conf: 1, power: 3 });
    expect(peg.query('/events')).to.deep.equal({
      112: { 3: event('C', 'add', '5'), 4: event('A', 'remove', '1') },
      114: { 5: event('A', 'add', '8') },
    });
  });

  it('/events/<height>/<accumulator> tells where what is on record of one content begins, whatever else was delivered', () => {
    const fork = HISTORY.fork(112, 'b').mine(112, add('C', 6n)).block(112);
    const { after } = HISTORY.block(112);
    expect(peg.query(`/events/112/${after.accumulator}`)).to.deep.equal({ from: 3 });
    expect(peg.query(`/events/112/${fork.after.accumulator}`)).to.deep.equal({ from: null });
    expect(peg.query(`/events/113/${after.accumulator}`)).to.deep.equal({ from: null });
    for (const argument of ['x', '112', '112/', `112/${after.accumulator}/`, '112/0xab', `x/${after.accumulator}`])
      expect(refusal(peg, `/events/${argument}`), argument).to.equal('QUERY_ARGUMENT');
  });

  it('says which events are missing, above pending ones too', () => {
    const pieces = new ScriptedPeg();
    settle(pieces, HISTORY, 110);
    const missing = () => [112, 114].map((height) => pieces.votes(height)[0]?.missing);
    for (const number of [1, 2]) pieces.block(pieces.vote(number, 111, HISTORY.contents(111, 114)));
    expect(missing()).to.deep.equal([true, true]);
    const deliver = (height: number, from: number) => {
      const { before, events } = HISTORY.block(height);
      const at = foldHistory(before, BigInt(height), events.slice(0, from));
      expect(pieces.block(pieces.deliver(1, height, at, events.slice(from))).codes).to.deep.equal(['ok']);
    };
    deliver(114, 0);
    expect(missing(), 'all of 114 is there, though nothing of 112 is').to.deep.equal([true, false]);
    deliver(112, 1);
    expect(missing(), 'the last of 112 is there').to.deep.equal([true, false]);
    deliver(112, 0);
    expect(missing()).to.deep.equal([false, false]);
  });

  it('/validators, /params, /ethereum and /domain', () => {
    const validators = peg.query('/validators') as Record<string, Record<string, unknown>>;
    expect(Object.keys(validators)).to.deep.equal(peg.validators.map(({ address }) => address));
    expect(validators[V(peg, 1)]).to.deep.equal({
      power: 3,
      active: true,
      witness: peg.v(1).witness,
      name: 'V1',
      lastProposed: peg.validator(1).lastProposed,
      lastVoted: Number(peg.height) - 2,
      totalVotes: 14,
      sequence: 2,
      witnessedTo: 114,
      revisions: 0,
      publicKey: to0x(peg.v(1).publicKey),
      governSequence: 0,
      unvoted: 2,
      silentSince: null,
    });
    expect(peg.query('/params')).to.deep.equal({
      finalityThreshold: 6,
      periodLength: 10,
      periodLimit: 1000,
      maxOrderBytes: 8192,
      confirmationThreshold: 6,
    });
    const { nonce, accumulator } = HISTORY.commitmentAt(110);
    expect(peg.query('/ethereum')).to.deep.include({
      nonce: Number(nonce),
      accumulator,
      matureEthBlock: 110,
      matureBlockHash: HISTORY.block(110).hash,
      startBlock: 100,
      chainId: 31337,
      stakingContract: `0x${'c0'.repeat(20)}`,
      breach: null,
    });
    const { salt, verifyingContract } = peg.domain;
    expect(peg.query('/domain')).to.deep.equal({ name: 'OrderStream', version: '1', chainId: 31337, verifyingContract, salt });
  });

  it('/posts adds up what /limits and /state list', () => {
    const { limits, usage, orderCounter } = peg.query('/state') as {
      limits: Record<string, { orderLimit: number }>;
      usage: Record<string, { orders: number; streams: number }>;
      orderCounter: number;
    };
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
    const used = Object.values(usage);
    expect(sum(used.map(({ orders }) => orders))).to.be.greaterThan(0);
    expect(peg.query('/posts')).to.deep.equal({
      posters: Object.keys(limits).length,
      orderLimit: sum(Object.values(limits).map(({ orderLimit }) => orderLimit)),
      usage: { orders: sum(used.map(({ orders }) => orders)), streams: sum(used.map(({ streams }) => streams)) },
      orderCounter,
    });
  });

  it('/state is all of it', () => {
    const state = peg.query('/state') as Record<string, unknown>;
    expect(Object.keys(state)).to.deep.equal([
      ...[
        'round',
        'events',
        'votes',
        'final',
        'breach',
        'orderIds',
        'balances',
        'limits',
        'usage',
        'validators',
        'motions',
        'contests',
      ],
      ...['lastEvent', 'ethereum', 'consensusParams', 'orderCounter', 'lastBlockHeight', 'lastBlockAppHash', 'matureEthBlock'],
    ]);
    for (const path of ['round', 'events', 'votes', 'validators', 'motions', 'contests'])
      expect(state[path]).to.deep.equal(peg.query(`/${path}`));
    expect(state).to.deep.include({
      consensusParams: peg.query('/params'),
      breach: null,
      balances: { [staker('A')]: '1', [staker('B')]: String(2n ** 255n) },
      usage: { [staker('A')]: { orders: 0, streams: 1 }, [staker('B')]: { orders: 1, streams: 0 } },
      lastEvent: { add: 101, remove: 0 },
      orderCounter: 1,
      matureEthBlock: 110,
    });
    expect(state.final).to.deep.equal(
      Array.from({ length: 10 }, (_, i) => ({ height: 101 + i, hash: HISTORY.block(101 + i).hash })),
    );
    expect(state.orderIds).to.have.length(2);
  });

  it('shows genesis as nothing yet', () => {
    const fresh = new ScriptedPeg();
    expect(fresh.view()).to.deep.include({
      round: { number: 0, startsAt: 0, endsAt: 0, limit: 0 },
      events: {},
      votes: {},
      balances: {},
      limits: {},
      usage: {},
      matureEthBlock: null,
      breach: null,
    });
  });

  it('takes from the chain what the state cannot say of itself', () => {
    const chain = { lastBlockHeight: 77n, lastBlockAppHash: to0x(new Uint8Array(32).fill(7)), domain: peg.domain };
    const { value } = answerQuery(peg.state, { path: '/state', data: new Uint8Array(9) }, chain);
    expect(JSON.parse(new TextDecoder().decode(value))).to.deep.include({
      lastBlockHeight: 77,
      lastBlockAppHash: `0x${'07'.repeat(32)}`,
    });
  });
});
