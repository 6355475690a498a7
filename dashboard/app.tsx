// The page: what Ethereum has, what the validators have voted for, what is final, and who may write how much.

import { Blocks } from './blocks.tsx';
import { Chart } from './chart.tsx';
import { Devnet } from './devnet.tsx';
import { Limits } from './limits.tsx';
import { type LiveOrders, useOrders } from './live-orders.ts';
import { type NodeData, useNode } from './node-data.ts';
import { Summary } from './summary.tsx';
import { Events, Orders, Validators } from './tables.tsx';
import { Verify } from './verify.tsx';

export function App() {
  const { data, lost } = useNode();
  const orders = useOrders();
  return (
    <>
      <header>
        <h1>Peg</h1>
        {data && (
          <p>
            {data.status.network} · node {data.status.node} · block {data.status.height}
          </p>
        )}
        <p class={lost === undefined ? 'connection' : 'connection broken'} role="status">
          {lost === undefined ? (data === undefined ? 'connecting' : 'connected') : 'not connected'}
        </p>
      </header>
      {/* Always there, so that what appears in it is announced. */}
      <div class="alarms" role="alert">
        {lost !== undefined && (
          <p class="alarm">
            The connection to the node is lost. What you see is old; the page tries again every second. ({lost})
          </p>
        )}
        {data?.status.alarms.map((alarm) => (
          <p class="alarm" key={alarm}>
            {alarm}
          </p>
        ))}
      </div>
      <main>{data === undefined ? <p class="hint">Waiting for the node …</p> : <Page data={data} orders={orders} />}</main>
    </>
  );
}

function Page({ data, orders }: { readonly data: NodeData; readonly orders: LiveOrders }) {
  return (
    <>
      <Summary data={data} />
      <Chart history={data.history} />
      <Blocks data={data} />
      <Limits data={data} />
      <Events data={data} />
      <Validators data={data} />
      <Orders {...orders} />
      <Devnet network={data.status.network} />
      <Verify height={data.status.height} poster={Object.keys(data.limits)[0]} />
    </>
  );
}
