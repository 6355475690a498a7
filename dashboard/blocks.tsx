// The Ethereum blocks between the last final one and the head, with the votes each validator has cast.

import type { NodeData, Votes } from './node-data.ts';

const MOST_SHOWN = 32;

export function Blocks({ data: { status, votes, validators, params } }: { readonly data: NodeData }) {
  const { head, matureEthBlock: final } = status.ethereum;
  if (final === null) return null;
  const last = Math.max(head ?? final, ...Object.keys(votes).map(Number));
  const heights = Array.from({ length: Math.min(MOST_SHOWN, Math.max(0, last - final)) }, (_, index) => final + 1 + index);
  return (
    <section>
      <h2>Votes for Ethereum blocks</h2>
      <p class="hint">
        A block is voted for when {params.finalityThreshold} others lie on it; power {params.confirmationThreshold} makes it
        final. ● voted, · voted: no events, ≠ voted for another content.
      </p>
      {heights.length === 0 ? (
        <p class="hint">Nothing lies between the final block and the head.</p>
      ) : (
        // A table that may be wider than the screen must be reachable by keyboard.
        <section class="scroll" aria-label="Votes" tabIndex={0}>
          <table class="votes">
            <caption class="unseen">Votes of each validator for the blocks {`${heights[0]} to ${heights.at(-1)}`}</caption>
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
                  {heights.map((height) => (
                    <Cell
                      key={height}
                      votes={votes[height] ?? []}
                      voter={address}
                      buried={head !== null && head - height >= params.finalityThreshold}
                    />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {last - final > MOST_SHOWN && <p class="hint">{last - final - MOST_SHOWN} more up to the head.</p>}
    </section>
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
