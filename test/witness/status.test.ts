import { expect } from 'chai';
import { silentLog } from '../../relayer/lib/log.ts';
import { NO_DELAYS } from '../../relayer/witness/finality-delay.ts';
import { type Silence, silence } from '../../relayer/witness/silence.ts';
import { reportChanges, type WitnessStatus } from '../../relayer/witness/status.ts';
import { consensusAddress, witnessAddress } from '../helpers/peg-view-fixture.ts';

const START: WitnessStatus = {
  state: 'starting',
  witness: witnessAddress(1),
  consensusAddress: consensusAddress(1),
  silence: [],
  verified: [],
  finality: NO_DELAYS,
  sent: 0,
  refused: {},
};

/** States and log lines of a witness that gives these reasons step after step. */
function report(...steps: readonly (readonly Silence[])[]): { states: string[]; warnings: string[]; infos: string[] } {
  const [states, warnings, infos]: [string[], string[], string[]] = [[], [], []];
  const log = {
    ...silentLog,
    warn: (_: object, message: string) => warnings.push(message),
    info: (_: object, message: string) => infos.push(message),
  };
  let status = START;
  for (const reasons of steps) {
    status = reportChanges(status, { silence: reasons }, consensusAddress(1), 0, log);
    states.push(status.state);
  }
  return { states, warnings, infos };
}

describe('status of a witness', () => {
  it('one line per change, none per step', () => {
    const down = silence('ETHEREUM_UNREACHABLE', 'no answer');
    const { states, warnings, infos } = report([], [], [down], [down], [], [down]);
    expect(states).to.deep.equal(['working', 'working', 'silent', 'silent', 'working', 'silent']);
    expect(warnings).to.deep.equal(['kept silent: no answer', 'kept silent: no answer']);
    expect(infos.length).to.equal(4);
  });

  it('refusals, a full window and a head a little behind are normal work', () => {
    const behind = (head: bigint) => silence('HEAD_TOO_LOW', `head ${head}`, { eth_block: 105n, head });
    const { states, warnings } = report(
      [silence('REFUSED', 'on record already')],
      [silence('WINDOW_FULL', 'voted up to 1,129')],
      [behind(110n)],
      [behind(105n)],
      [behind(104n)],
    );
    expect(states).to.deep.equal(['working', 'working', 'working', 'working', 'silent']);
    expect(warnings).to.deep.equal(['kept silent: head 104']);
  });

  it('a closed latch is a state of its own, announced where it closes', () => {
    const record = { closedAt: '', reason: 'hash', message: 'parted' } as const;
    const lines: string[] = [];
    const log = { ...silentLog, warn: (_: object, message: string) => lines.push(message) };
    const seen = { silence: [silence('LATCH_CLOSED', 'parted')], latch: record };
    const closed = reportChanges(START, seen, consensusAddress(1), 0, log);
    expect([closed.state, closed.latch, lines]).to.deep.equal(['latched', record, []]);
    expect(reportChanges(closed, { silence: [] }, consensusAddress(1), 0, log)).not.to.have.property('latch');
  });
});
