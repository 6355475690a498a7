// Who may write how much in this round, as shares of the round's orders, and what of it is used.

import type { NodeData } from './node-data.ts';

export function Limits({ data: { status, limits, moreLimits } }: { readonly data: NodeData }) {
  const total = Math.max(1, status.round.limit);
  const posters = Object.entries(limits).sort(([, a], [, b]) => b.orderLimit - a.orderLimit);
  return (
    <section>
      <h2>Limits of round {status.round.number}</h2>
      {posters.length === 0 && (
        <p class="hint">Nobody has a limit in this round. A stake counts from the round after the one it was confirmed in.</p>
      )}
      <ul class="shares">
        {posters.map(([poster, { orderLimit, usage }]) => {
          const share = (100 * orderLimit) / total;
          const used = Math.min(100, (100 * usage.orders) / Math.max(1, orderLimit));
          return (
            <li key={poster}>
              <code>{poster}</code>
              <span class="bar" role="img" aria-label={`${share.toFixed(1)} percent of the orders, ${usage.orders} used`}>
                <span style={{ width: `${share}%` }}>
                  <span style={{ width: `${used}%` }} />
                </span>
              </span>
              <span class="number">
                {usage.orders.toLocaleString('en')} of {orderLimit.toLocaleString('en')} · {share.toFixed(1)} %
              </span>
            </li>
          );
        })}
      </ul>
      {moreLimits && <p class="hint">There are more posters; these are the first in order of address.</p>}
    </section>
  );
}
