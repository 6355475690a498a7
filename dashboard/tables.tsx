// Pending events, validators and the newest orders.

import { votingInWords } from '../relayer/peg/voting.ts';
import { DataTable, short } from './data-table.tsx';
import type { LiveOrders } from './live-orders.ts';
import type { NodeData } from './node-data.ts';

/** Ethereum blocks by which a validator may be behind before the page marks it: polls and blocks do not beat together. */
const USUAL_LAG = 4;
const LONGEST_PAYLOAD = 48;

export function Events({ data: { events, status } }: { readonly data: NodeData }) {
  const { head } = status.ethereum;
  const rows = Object.entries(events).flatMap(([height, ofBlock]) =>
    Object.entries(ofBlock).map(([nonce, { staker, type, amount, conf, power }]) => ({
      key: nonce,
      cells: [
        nonce,
        height,
        head === null ? '–' : `${Math.max(0, head - Number(height))}`,
        short(staker),
        `${type === 'add' ? '+' : '−'}${amount}`,
        `${conf} (power ${power})`,
      ],
    })),
  );
  return (
    <section>
      <h2>Stake events awaiting confirmation</h2>
      {rows.length === 0 ? (
        <p class="hint">None.</p>
      ) : (
        <DataTable
          caption="Stake events awaiting confirmation"
          head={['nonce', 'block', 'buried under', 'staker', 'change', 'votes']}
          rows={rows}
        />
      )}
    </section>
  );
}

export function Validators({ data: { validators, status, params } }: { readonly data: NodeData }) {
  const { head } = status.ethereum;
  const rows = Object.entries(validators).map(([address, validator]) => {
    const lag = head === null ? undefined : Math.max(0, head - params.finalityThreshold - validator.witnessedTo);
    const behind = lag !== undefined && lag > USUAL_LAG;
    const silent = validator.silentSince !== null;
    const ago = Math.max(0, status.height - validator.lastVoted);
    return {
      key: address,
      odd: behind || silent,
      cells: [
        validator.name,
        short(address),
        `${validator.power}`,
        votingInWords(validator),
        `${validator.witnessedTo}`,
        lag === undefined || silent ? '–' : `${lag}${behind ? ' – behind' : ''}`,
        `${validator.lastVoted} (${ago} ago)`,
        `${validator.revisions}`,
      ],
    };
  });
  return (
    <section>
      <h2>Validators</h2>
      <p class="hint">
        Lag: Ethereum blocks that are due and that the validator has not voted for. Silent: many peg blocks without a vote of its
        own, while others voted.
      </p>
      <DataTable
        caption="Validators"
        head={['name', 'address', 'power', 'state', 'voted to', 'lag', 'last vote in block', 'revised']}
        rows={rows}
      />
    </section>
  );
}

export function Orders({ orders, live }: LiveOrders) {
  return (
    <section>
      <h2>Newest orders</h2>
      <p class="hint">{live ? 'Live, as blocks accept them.' : 'The stream is not connected.'}</p>
      {orders.length > 0 && (
        <DataTable
          caption="Newest orders"
          head={['id', 'block', 'round', 'poster', 'left', 'bytes', 'payload']}
          rows={orders.map(({ id, height, round, poster, left, size, payload }) => ({
            key: id,
            cells: [short(id), `${height}`, `${round}`, short(poster), `${left}`, `${size}`, textOf(payload)],
          }))}
        />
      )}
    </section>
  );
}

/** The payload as text where it is some, otherwise as it is. Posters may write anything: it is shown as text only. */
function textOf(payload: string): string {
  const bytes = Uint8Array.from(payload.slice(2).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  const text = new TextDecoder().decode(bytes);
  const shown = /^[\x20-\x7e]+$/.test(text) ? text : payload;
  return shown.length > LONGEST_PAYLOAD ? `${shown.slice(0, LONGEST_PAYLOAD)}…` : shown;
}
