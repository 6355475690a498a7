// The Ethereum blocks between the last final one and the head, with the votes of each validator.

import type { NodeData } from './node-data.ts';

const MOST_SHOWN = 32;

export function Blocks({ data: { state, status } }: { readonly data: NodeData }) {
  const final = state.matureEthBlock;
  const head = status.ethereum.head;
  if (final === null) return null;
  const last = Math.max(head ?? final, ...Object.keys(state.votes).map(Number));
  const heights = Array.from({ length: Math.min(MOST_SHOWN, last - final) }, (_, index) => final + 1 + index);
  const validators = Object.entries(state.validators);
  return (
    <section>
      <h2>Votes for Ethereum blocks</h2>
      <p class="hint">
        A block is voted for when {state.consensusParams.finalityThreshold} others lie on it; power{' '}
        {state.consensusParams.confirmationThreshold} makes it final.
      </p>
      {heights.length === 0 ? (
        <p class="hint">Nothing lies between the final block and the head.</p>
      ) : (
        // A table that may be wider than the screen must be reachable by keyboard.
        <section class="scroll" aria-label="Votes" tabIndex={0}>
          <table class="votes">
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
              {validators.map(([address, { name }]) => (
                <tr key={address}>
                  <th scope="row">{name}</th>
                  {heights.map((height) => (
                    <Cell
                      key={height}
                      votes={state.votes[height] ?? []}
                      voter={address}
                      buried={head !== null && head - height >= state.consensusParams.finalityThreshold}
                    />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}

interface CellProps {
  readonly votes: NodeData['state']['votes'][string];
  readonly voter: string;
  readonly buried: boolean;
}

function Cell({ votes, voter, buried }: CellProps) {
  const index = votes.findIndex(({ voters }) => voters.includes(voter));
  const vote = votes[index];
  if (vote === undefined) return <td class={buried ? 'due' : ''} title={buried ? 'no vote yet' : 'not buried deep enough'} />;
  const text = index > 0 ? '≠' : vote.nonce === null ? '·' : '●';
  const events = vote.nonce === null ? 'no events' : `events up to nonce ${vote.nonce}${vote.missing ? ', not delivered' : ''}`;
  return (
    <td class={index > 0 ? 'other' : 'voted'} title={`${vote.hash}: ${events}`}>
      {text}
    </td>
  );
}
