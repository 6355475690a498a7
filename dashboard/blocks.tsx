// The Ethereum blocks between the last final one and the head, with the votes each validator has cast, and the last few final ones.

import type { NodeData, Votes } from './node-data.ts';

const MOST_SHOWN = 32;
const FINAL_SHOWN = 4;

export function Blocks({ data: { status, votes, validators, params } }: { readonly data: NodeData }) {
  const { head, matureEthBlock: final } = status.ethereum;
  if (final === null) return null;
  const last = Math.max(head ?? final, ...Object.keys(votes).map(Number));
  const first = Math.max(0, final - FINAL_SHOWN + 1);
  const end = Math.max(final, Math.min(last, final + MOST_SHOWN));
  const heights = Array.from({ length: end - first + 1 }, (_, index) => first + index);
  return (
    <section>
      <h2>Votes for Ethereum blocks</h2>
      <p class="hint">
        A block is voted for when {params.finalityThreshold} others lie on it; power {params.confirmationThreshold} makes it
        final. ✓ final, ● voted, · voted: no events, ≠ voted for another content.
      </p>
      {/* A table that may be wider than the screen must be reachable by keyboard. */}
      <section class="scroll" aria-label="Votes" tabIndex={0}>
        <table class="votes">
          <caption class="unseen">Votes of each validator for the blocks {`${first} to ${end}`}</caption>
          <thead>
            <tr>
              <th scope="col">block</th>
              {heights.map((height) => (
                <th scope="col" key={height}>
                  {height}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Object.entries(validators).map(([address, { name }]) => (
              <tr key={address}>
                <th scope="row">{name}</th>
                {heights.map((height) =>
                  height <= final ? (
                    <FinalCell key={height} />
                  ) : (
                    <Cell
                      key={height}
                      votes={votes[height] ?? []}
                      voter={address}
                      buried={head !== null && head - height >= params.finalityThreshold}
                    />
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {last - final > MOST_SHOWN && <p class="hint">{last - final - MOST_SHOWN} more up to the head.</p>}
    </section>
  );
}

function FinalCell() {
  return (
    <td class="final" title="final">
      <span aria-hidden="true">✓</span>
      <span class="unseen">final</span>
    </td>
  );
}

interface CellProps {
  readonly votes: Votes[string];
  readonly voter: string;
  readonly buried: boolean;
}

function Cell({ votes, voter, buried }: CellProps) {
  const index = votes.findIndex(({ voters }) => (voters as readonly string[]).includes(voter));
  const vote = votes[index];
  if (vote === undefined) {
    const words = buried ? 'no vote yet' : 'not buried deep enough';
    return (
      <td class={buried ? 'due' : undefined} title={words}>
        <span class="unseen">{words}</span>
      </td>
    );
  }
  const events = vote.nonce === null ? 'no events' : `events up to nonce ${vote.nonce}${vote.missing ? ', not delivered' : ''}`;
  return (
    <td class={index > 0 ? 'other' : 'voted'} title={`${vote.hash}: ${events}`}>
      <span aria-hidden="true">{index > 0 ? '≠' : vote.nonce === null ? '·' : '●'}</span>
      <span class="unseen">{index > 0 ? `voted for another content, ${events}` : `voted, ${events}`}</span>
    </td>
  );
}
