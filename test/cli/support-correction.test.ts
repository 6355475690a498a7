// How an operator's command votes for a correction and sends its balances, against the peg's own rules in memory.

import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { Terminal } from '../../relayer/cli/command.ts';
import { assertSameCorrection } from '../../relayer/cli/correct-ledger.ts';
import type { Speaker } from '../../relayer/cli/governing.ts';
import { openMotionOf } from '../../relayer/cli/motions.ts';
import { balancesLine, supportCorrection } from '../../relayer/cli/support-correction.ts';
import type { IncludedTx } from '../../relayer/comet/answers.ts';
import type { CometClient } from '../../relayer/comet/rpc-client.ts';
import type { Bytes, Hex } from '../../relayer/lib/bytes.ts';
import { TransactionCheck } from '../../relayer/peg/check.ts';
import { motionId } from '../../relayer/peg/motion.ts';
import { decodeTransaction } from '../../relayer/peg/transaction.ts';
import type { Motion, Verdict } from '../../relayer/peg/types.ts';
import { refused } from '../../relayer/peg/verdict.ts';
import { correctionOf, type WorkedOutCorrection } from '../../relayer/witness/correction.ts';
import { codeRejected, codeThrown } from '../helpers/error-code.ts';
import { settle } from '../helpers/honest-validators.ts';
import { codeName, ScriptedPeg } from '../helpers/scripted-peg.ts';
import { add, StakingHistory } from '../helpers/staking-history.ts';

const NAMES = Array.from({ length: 90 }, (_, i) => `staker ${i}`);
const HELD = new StakingHistory(100n).mine(103, ...NAMES.map((name) => add(name, 10n)));
const TRUE = HELD.fork(103, 'won').mine(103, ...NAMES.slice(2).map((name, i) => add(name, BigInt(i) + 11n)), add('new', 5n));
const AT = 110;
/** Of a list: 91 balances differ, so there are 46 lists, more than may be on their way at once. */
const SIZE = 2;

interface Operator {
  readonly client: CometClient;
  readonly speaker: Speaker;
  readonly terminal: Terminal;
  readonly said: string[];
}

/** A node over a scripted peg: what it accepts into its mempool is in a block when the next question is asked. */
class Node {
  readonly peg = new ScriptedPeg();
  /** Lists sent by anybody. */
  sent = 0;
  /** The command dies when it sends another one than so many. */
  lives = Number.POSITIVE_INFINITY;
  /** The mempool of the next so many blocks takes nothing more. */
  full = 0;
  /** What was asked of the node, and what became of each list. */
  readonly calls: string[] = [];
  #waiting: Bytes[] = [];
  #check: TransactionCheck | undefined;
  #included: IncludedTx | undefined;

  readonly client = {
    query: async (path: string) => {
      this.calls.push(path);
      this.#mine();
      return this.peg.query(path);
    },
    broadcast: async (tx: Bytes) => {
      if (decodeTransaction(tx).transaction.type !== 'balances') return this.#include(tx);
      if (this.sent === this.lives) throw new Error('killed');
      this.#check ??= new TransactionCheck(this.peg.state, this.peg.domain, this.peg.height);
      const verdict = this.full > 0 ? refused('MEMPOOL_DELIVERIES_WAIT', 'for the test') : this.#check.check(tx);
      if (this.full > 0) this.full--;
      this.calls.push(codeName(verdict));
      if (verdict.code === 0) {
        this.sent++;
        this.#waiting.push(tx);
      }
      return verdict;
    },
    transaction: async () => this.#included,
  } as unknown as CometClient;

  /** In a block of its own at once. */
  #include(tx: Bytes) {
    const { verdicts } = this.peg.block(tx);
    this.#included = { ...(verdicts[0] as Verdict), height: Number(this.peg.height), index: 0 };
    return { code: 0, codespace: '', log: '', hash: '' };
  }

  #mine(): void {
    if (this.#waiting.length > 0) this.peg.block(...this.#waiting);
    this.#waiting = [];
    this.#check = undefined;
  }

  operator(number: number): Operator {
    const { address: validator, name, privateKey: key } = this.peg.v(number);
    const said: string[] = [];
    const terminal: Terminal = {
      out: () => {},
      err: (text) => void said.push(text),
      input: Readable.from([]),
      interactive: false,
      env: {},
      signal: new AbortController().signal,
    };
    return { client: this.client, speaker: { validator, name, key, domain: this.peg.domain }, terminal, said };
  }
}

/** A breach, and its correction as an operator works it out. */
function breached(): { readonly node: Node; readonly workedOut: WorkedOutCorrection; readonly motion: Motion } {
  const node = new Node();
  const { peg } = node;
  settle(peg, HELD, AT);
  peg.block(...[1, 2, 3].map((number) => peg.contest(number, AT, TRUE.block(AT).hash)));
  const held = new Map(Object.entries(peg.view().balances).map(([who, amount]) => [who as Hex, BigInt(amount)]));
  const contract = { ...TRUE.commitmentAt(AT), balances: TRUE.balancesAt(AT) };
  const workedOut = correctionOf({ balances: held }, contract, BigInt(AT), TRUE.block(AT).hash, SIZE);
  expect(workedOut.lists).to.have.length(46);
  return { node, workedOut, motion: peg.motion([workedOut.correction]) };
}

const support = ({ client, speaker, terminal }: Operator, motion: Motion, workedOut: WorkedOutCorrection) =>
  supportCorrection(client, speaker, motion, workedOut, terminal);

describe('supporting a correction', function () {
  this.timeout(30_000);

  it('votes, waits for others, and sends the lists with the vote that makes them welcome', async () => {
    const { node, workedOut, motion } = breached();
    const first = await support(node.operator(1), motion, workedOut);
    expect([first.voice?.name, first.answer?.missing.length, node.sent]).to.deep.equal(['V1', 46, 0]);
    expect(balancesLine(first.answer as NonNullable<typeof first.answer>)).to.contain(
      '46 lists of balances, of which 46 missing: ',
    );
    const second = await support(node.operator(2), motion, workedOut);
    expect([second.answer?.missing, second.answer?.decision, node.sent]).to.deep.equal([[], null, 46]);
    const third = await support(node.operator(3), motion, workedOut);
    expect([third.answer?.decision?.outcome, node.sent]).to.deep.equal(['passed', 46]);
    expect(balancesLine(third.answer as NonNullable<typeof third.answer>)).to.equal('46 lists of balances: all on record');
    const wanted = Object.fromEntries([...TRUE.balancesAt(AT)].map(([who, amount]) => [who, String(amount)]));
    expect(node.peg.view().balances).to.deep.equal(wanted);
  });

  it('killed and run again says nothing twice and sends only what is missing', async () => {
    const { node, workedOut, motion } = breached();
    node.peg.block(node.peg.govern(1, motion), node.peg.govern(3, motion));
    for (const lives of [7, 20, 33]) {
      node.lives = lives;
      const died = await support(node.operator(2), motion, workedOut).then(
        () => 'done',
        (error: Error) => error.message,
      );
      expect([died, node.sent]).to.deep.equal(['killed', lives]);
    }
    node.lives = Number.POSITIVE_INFINITY;
    const last = await support(node.operator(2), motion, workedOut);
    expect([last.voice, node.sent, node.peg.validator(2).governSequence]).to.deep.equal([undefined, 46, 2]);
    expect(last.answer?.decision?.outcome).to.equal('passed');
  });

  it('comes back later to a mempool that takes no more, and says which refusal it cannot pass', async () => {
    const { node, workedOut, motion } = breached();
    node.peg.block(...[1, 2].map((number) => node.peg.govern(number, motion)));
    node.full = 2;
    const { answer } = await support(node.operator(2), motion, workedOut);
    expect([answer?.missing, node.sent]).to.deep.equal([[], 46]);
    const first = node.calls.indexOf('MEMPOOL_DELIVERIES_WAIT');
    const wait = ['MEMPOOL_DELIVERIES_WAIT', '/motions'];
    expect(node.calls.slice(first, first + 5)).to.deep.equal([...wait, ...wait, 'ok']);

    const other = breached();
    const stranger = other.node.operator(2);
    other.node.peg.block(...[1, 2].map((number) => other.node.peg.govern(number, other.motion)));
    const speaker = { ...stranger.speaker, key: new Uint8Array(32).fill(5) };
    const refusal = await codeRejected(support({ ...stranger, speaker }, other.motion, other.workedOut));
    expect(refusal).to.equal('GOVERN_REFUSED');
  });

  it('joins in sending what others send, and stops when the motion is gone', async () => {
    const { node, workedOut, motion } = breached();
    node.peg.block(node.peg.govern(1, motion));
    await Promise.all([2, 3].map((number) => support(node.operator(number), motion, workedOut)));
    expect(node.peg.motionRecord(motion)?.decision?.outcome).to.equal('passed');

    const other = breached();
    const early = { ...other.motion, expiry: other.node.peg.height + 3n };
    other.node.peg.block(...[1, 3].map((number) => other.node.peg.govern(number, early)));
    expect((await support(other.node.operator(2), early, other.workedOut)).answer).to.equal(undefined);
    expect(other.node.peg.view().motions).to.deep.equal({});
  });

  it('finds the open motion of the same correction, whatever its expiry', () => {
    const { node, workedOut, motion } = breached();
    const { peg } = node;
    const open = () => openMotionOf(peg.view().motions as never, workedOut.correction, peg.height + 1n);
    expect(open()).to.equal(undefined);
    peg.block(peg.govern(1, peg.motion([{ ...workedOut.correction, nonce: 9n }])));
    peg.block(peg.govern(1, peg.motion([workedOut.correction, { type: 'periodLimit', value: 5n }])));
    expect(open()).to.equal(undefined);
    peg.block(peg.govern(1, motion));
    expect(motionId(open() as Motion)).to.equal(motionId(motion));
    while (peg.height < motion.expiry) peg.block();
    expect(open(), 'expired').to.equal(undefined);
  });

  it('is refused to a motion that says anything else than Ethereum', () => {
    const { workedOut } = breached();
    const { correction: own } = workedOut;
    const zero: Hex = `0x${'00'.repeat(32)}`;
    assertSameCorrection(own, own);
    for (const wrong of [
      { hash: zero },
      { nonce: own.nonce + 1n },
      { accumulator: zero },
      { ledger: zero },
      { balances: own.balances.slice(1) },
      { balances: own.balances.with(3, zero) },
      { balances: own.balances.toReversed() },
      { balances: [...own.balances, zero] },
    ])
      expect(
        codeThrown(() => assertSameCorrection({ ...own, ...wrong }, own)),
        Object.keys(wrong).join(),
      ).to.equal('CORRECTION_DIFFERS');
  });
});
