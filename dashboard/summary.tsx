// The numbers that matter, one a tile: Ethereum's head, the final block, the round and its orders.

import type { ComponentChildren } from 'preact';
import type { NodeData } from './node-data.ts';

export function Summary({ data: { status, posts } }: { readonly data: NodeData }) {
  const { head, nonce, matureEthBlock: final } = status.ethereum;
  const { round } = status;
  const done = final === null ? 0 : Math.max(0, final - round.startsAt);
  const length = Math.max(1, round.endsAt - round.startsAt);
  const still = Math.round((status.ethereum.headAgeMs ?? 0) / 1000);
  return (
    <section class="tiles" aria-label="Summary">
      <Tile
        name="Ethereum head"
        value={head ?? '–'}
        note={still > QUIET_S ? `no new block for ${still} s` : `${nonce} stake events applied`}
        odd={still > QUIET_S}
      />
      <Tile
        name="Final block"
        value={final ?? '–'}
        note={head === null || final === null ? '' : `${Math.max(0, head - final)} behind the head`}
      />
      <Tile
        name="Round"
        value={round.number}
        note={round.number === 0 ? 'not begun' : `blocks ${round.startsAt + 1} to ${round.endsAt}, ${done} of ${length} final`}
      >
        <progress max={length} value={Math.min(done, length)} aria-label="Confirmed part of the round" />
      </Tile>
      <Tile
        name="Orders in this round"
        value={posts.usage.orders.toLocaleString('en')}
        note={`of ${round.limit.toLocaleString('en')}`}
      />
    </section>
  );
}

/** Ethereum makes a block every twelve seconds, a devnet every second. The alarm comes later, when the node's config says so. */
const QUIET_S = 15;

interface TileProps {
  readonly name: string;
  readonly value: number | string;
  readonly note: string;
  /** The note is one to look at. */
  readonly odd?: boolean;
  readonly children?: ComponentChildren;
}

function Tile({ name, value, note, odd = false, children }: TileProps) {
  return (
    <div class="tile">
      <h2>{name}</h2>
      <p class="value">{value}</p>
      {children}
      <p class={odd ? 'note odd' : 'note'}>{note}</p>
    </div>
  );
}
