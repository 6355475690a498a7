// Who may write how much in this round, as shares of the round's orders, and what of it is used.

import type { NodeData } from './node-data.ts';

export function Limits({ data: { state } }: { readonly data: NodeData }) {
  const total = Math.max(1, state.round.limit);
  const posters = Object.entries(state.limits).sort(([, a], [, b]) => b.orderLimit - a.orderLimit);
  return (
    <section>
      <h2>Limits of round {state.round.number}</h2>
      {posters.length === 0 && (
        <p class="hint">Nobody has a limit in this round. A stake counts from the round after the one it was confirmed in.</p>
      )}
      <ul class="shares">
        {posters.map(([poster, { orderLimit }]) => {
          const used = state.usage[poster]?.orders ?? 0;
          const share = (100 * orderLimit) / total;
          return (
            <li key={poster}>
              <code>{poster}</code>
              <span class="bar" role="img" aria-label={`${share.toFixed(1)} percent of the orders, ${used} used`}>
                <span style={{ width: `${share}%` }}>
                  <span style={{ width: `${(100 * used) / Math.max(1, orderLimit)}%` }} />
                </span>
              </span>
              <span class="number">
                {used.toLocaleString('en')} of {orderLimit.toLocaleString('en')} · {share.toFixed(1)} %
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
