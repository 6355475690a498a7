// On a devnet the page acts for its stakers: stakes, removes, posts. The node says in its own description of its interface whether
// it can; where it cannot, nothing is asked of it.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DevnetDocument, MinedStakeDocument, PostedDocument, ProblemDocument } from '../relayer/client/documents.ts';
import { short } from './data-table.tsx';
import { read } from './node-data.ts';

const NETWORK = 'peg-devnet';
const TIMEOUT_MS = 15_000;

export function Devnet({ network }: { readonly network: string }) {
  const stakers = useStakers();
  if (stakers === undefined || (stakers === null && network !== NETWORK)) return null;
  return (
    <section aria-labelledby="devnet">
      <h2 id="devnet">Try it</h2>
      {stakers === null ? (
        <p class="hint">
          The validators of this devnet run in processes of their own: stake and post with <code>peg stake</code> and{' '}
          <code>peg order post</code>.
        </p>
      ) : (
        <div class="forms">
          <StakeForm stakers={stakers} />
          <OrderForm stakers={stakers} />
        </div>
      )}
    </section>
  );
}

/** Undefined while it is not known, null where the node acts for nobody. */
function useStakers(): readonly string[] | null | undefined {
  const [stakers, setStakers] = useState<readonly string[] | null>();
  useEffect(() => {
    const ask = async () => {
      const { paths } = await read<{ paths: Readonly<Record<string, unknown>> }>('./openapi.json');
      setStakers(paths['/devnet'] === undefined ? null : (await read<DevnetDocument>('./devnet')).stakers);
    };
    ask().catch(() => setStakers(null));
  }, []);
  return stakers;
}

interface FormProps {
  readonly stakers: readonly string[];
}

function StakeForm({ stakers }: FormProps) {
  return (
    <ActForm
      name="Stake or remove"
      act={async (fields) => {
        const action = fields.get('action');
        const body = { staker: Number(fields.get('staker')), action, amount: fields.get('amount') };
        const { block } = await post<MinedStakeDocument>('./devnet/stake', body);
        return `In Ethereum block ${block}; it counts when the block is final, and gives a limit from the round after.`;
      }}
    >
      <StakerField stakers={stakers} />
      <label>
        Action
        <select name="action">
          <option value="stake">stake</option>
          <option value="remove">remove</option>
        </select>
      </label>
      <label>
        Amount (base units)
        <input name="amount" inputMode="numeric" pattern="[1-9][0-9]{0,37}" required defaultValue="100000" autocomplete="off" />
      </label>
    </ActForm>
  );
}

function OrderForm({ stakers }: FormProps) {
  return (
    <ActForm
      name="Post order"
      act={async (fields) => {
        const body = { staker: Number(fields.get('staker')), payload: fields.get('payload') };
        const { id, round } = await post<PostedDocument>('./devnet/order', body);
        return `Order ${short(id)} of round ${round} is handed in.`;
      }}
    >
      <StakerField stakers={stakers} />
      <label class="wide">
        Payload
        <textarea name="payload" rows={3} required defaultValue={'{"side":"buy","price":"2000.00","size":1}'} />
      </label>
    </ActForm>
  );
}

function StakerField({ stakers }: FormProps) {
  return (
    <label>
      Staker
      <select name="staker">
        {stakers.map((address, index) => (
          <option value={index} key={address}>
            {index}: {short(address)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ActFormProps {
  readonly name: string;
  /** Does it and gives the words for what came of it; what it throws is shown as a refusal. */
  readonly act: (fields: FormData) => Promise<string>;
  readonly children: ComponentChildren;
}

type Outcome = { readonly words: string; readonly refused: boolean };

function ActForm({ name, act, children }: ActFormProps) {
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      setOutcome({ words: await act(new FormData(event.currentTarget as HTMLFormElement)), refused: false });
    } catch (error) {
      setOutcome({ words: error instanceof Error ? error.message : String(error), refused: true });
    }
    setBusy(false);
  };
  return (
    <form aria-label={name} aria-busy={busy} onSubmit={(event) => void submit(event)}>
      {children}
      <button type="submit">{name}</button>
      <p class={outcome?.refused ? 'outcome refused' : 'outcome'} role="status">
        {outcome?.words}
      </p>
    </form>
  );
}

/** Rejects with the words of the problem document when the node refuses. */
async function post<T>(path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body), signal });
  const answer: unknown = await response.json();
  if (response.ok) return answer as T;
  const { title, detail } = answer as ProblemDocument;
  throw new Error(`Refused: ${title} (${detail})`);
}
