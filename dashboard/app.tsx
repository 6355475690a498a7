// The page: what Ethereum has, what the validators have voted for, what is final, and who may write how much.

import { Blocks } from './blocks.tsx';
import { Limits } from './limits.tsx';
import { type NodeData, useNode } from './node-data.ts';
import { Events, Orders, Validators } from './tables.tsx';

export function App() {
  const { data, lost } = useNode();
  return (
    <>
      <header>
        <h1>Peg</h1>
        {data && (
          <p>
            {data.status.network} · node {data.status.node} · block {data.status.height}
          </p>
        )}
      </header>
      {lost !== undefined && (
        <p class="alarm" role="alert">
          The connection to the node is lost ({lost}). What you see is old; the page tries again every second.
        </p>
      )}
      {data?.status.alarms.map((alarm) => (
        <p class="alarm" role="alert" key={alarm}>
          {alarm}
        </p>
      ))}
      {data === undefined ? <p class="hint">Waiting for the node …</p> : <Page data={data} />}
    </>
  );
}

function Page({ data }: { readonly data: NodeData }) {
  return (
    <main>
      <Summary data={data} />
      <Blocks data={data} />
      <Limits data={data} />
      <Events state={data.state} />
      <Validators state={data.state} head={data.status.ethereum.head} />
      <Orders orders={data.orders} />
    </main>
  );
}

function Summary({ data: { state, status } }: { readonly data: NodeData }) {
  const { head, nonce } = status.ethereum;
  const { round, matureEthBlock } = state;
  const progress = matureEthBlock === null ? 0 : matureEthBlock - round.startsAt;
  const length = Math.max(1, round.endsAt - round.startsAt);
  return (
    <section class="tiles" aria-label="Summary">
      <Tile name="Ethereum head" value={head ?? '–'} note={`${nonce} stake events applied`} />
      <Tile
        name="Final block"
        value={matureEthBlock ?? '–'}
        note={head === null || matureEthBlock === null ? '' : `${head - matureEthBlock} behind the head`}
      />
      <Tile
        name="Round"
        value={round.number}
        note={round.number === 0 ? 'not begun' : `blocks ${round.startsAt + 1} to ${round.endsAt}`}
      >
        <progress max={length} value={progress} aria-label="Confirmed part of the round" />
      </Tile>
      <Tile name="Orders" value={state.orderCounter} note="accepted since genesis" />
    </section>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: number | string;
  readonly note: string;
  readonly children?: preact.ComponentChildren;
}

function Tile({ name, value, note, children }: TileProps) {
  return (
    <div class="tile">
      <h2>{name}</h2>
      <p class="value">{value}</p>
      {children}
      <p class="note">{note}</p>
    </div>
  );
}
