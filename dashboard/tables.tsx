// Pending events, validators and the last orders.

import type { Order, State } from './node-data.ts';

const short = (hex: string) => `${hex.slice(0, 10)}…${hex.slice(-6)}`;

export function Events({ state }: { readonly state: State }) {
  const rows = Object.entries(state.events).flatMap(([height, events]) =>
    Object.entries(events).map(([nonce, event]) => ({ height, nonce, ...event })),
  );
  return (
    <section>
      <h2>Stake events awaiting confirmation</h2>
      {rows.length === 0 ? (
        <p class="hint">None.</p>
      ) : (
        <Rows
          head={['block', 'nonce', 'staker', 'change', 'votes']}
          rows={rows.map((row) => [
            row.height,
            row.nonce,
            short(row.staker),
            `${row.type === 'add' ? '+' : '−'}${row.amount}`,
            `${row.conf} (power ${row.power})`,
          ])}
        />
      )}
    </section>
  );
}

export function Validators({ state, head }: { readonly state: State; readonly head: number | null }) {
  const rows = Object.entries(state.validators).map(([address, validator]) => [
    validator.name,
    short(address),
    `${validator.power}${validator.active ? '' : ' (left)'}`,
    `${validator.witnessedTo}`,
    head === null ? '–' : `${Math.max(0, head - state.consensusParams.finalityThreshold - validator.witnessedTo)}`,
    `${validator.lastVoted}`,
    `${validator.revisions}`,
  ]);
  return (
    <section>
      <h2>Validators</h2>
      <Rows head={['name', 'address', 'power', 'voted to', 'lag', 'last vote in', 'revised']} rows={rows} />
    </section>
  );
}

export function Orders({ orders }: { readonly orders: readonly Order[] }) {
  return (
    <section>
      <h2>Last orders</h2>
      {orders.length === 0 ? (
        <p class="hint">None since this node was started.</p>
      ) : (
        <Rows
          head={['block', 'round', 'poster', 'id', 'bytes']}
          rows={orders.map((order) => [
            `${order.height}`,
            `${order.round}`,
            short(order.poster),
            short(order.id),
            `${order.size}`,
          ])}
        />
      )}
    </section>
  );
}

function Rows({ head, rows }: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }) {
  return (
    // A table that may be wider than the screen must be reachable by keyboard.
    <section class="scroll" aria-label={`Table: ${head.join(', ')}`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.join()}>
              {row.map((cell, column) => (
                <td key={head[column]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
