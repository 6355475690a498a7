// "Verify": believes nothing of what the node says of a balance or limit but what more than 2/3 of the validators' power has
// signed, starting from a header that the user enters, or from the first one that this page saw. All of it is computed here.

import { useEffect, useState } from 'preact/hooks';
import { headerHash } from '../relayer/abci/chain/header-hash.ts';
import { formatTime } from '../relayer/abci/chain/time.ts';
import { verifyEd25519 } from '../relayer/comet/light-client/ed25519.ts';
import { LightClient, type VerifiedAnswer } from '../relayer/comet/light-client/light-client.ts';
import type { Question, StateAnswer } from '../relayer/comet/light-client/state-record.ts';
import { fromHex, to0x } from '../relayer/lib/bytes.ts';
import { hasCode } from '../relayer/lib/errors.ts';
import { pageProvider, readLightBlock } from './light-blocks.ts';

const TRUSTING_PERIOD_MS = 24 * 60 * 60 * 1_000;
const DEPS = { clock: { now: () => Date.now() }, verifySignature: verifyEd25519 };

interface Trusted {
  readonly height: string;
  readonly hash: string;
}

type Outcome = { readonly verified: VerifiedAnswer } | { readonly refusal: string };

/** `height`: of the newest block when the page was opened. */
export function Verify({ height, poster }: { readonly height: number; readonly poster: string | undefined }) {
  const [trusted, setTrusted] = useState<Trusted>();
  const [outcome, setOutcome] = useState<Outcome>();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    // Once: the first header is the one to trust, whatever comes later.
    if (trusted !== undefined || height < 1) return;
    readLightBlock(BigInt(height)).then(
      ({ header }) => setTrusted((known) => known ?? { height: `${header.height}`, hash: to0x(headerHash(header)) }),
      () => {},
    );
  }, [trusted === undefined, height]);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setOutcome(undefined);
    setOutcome(await verify(new FormData(event.currentTarget as HTMLFormElement)));
    setBusy(false);
  };
  return (
    <section aria-labelledby="verify">
      <h2 id="verify">Verify</h2>
      <p class="hint">
        Your browser asks for a proof and checks it, with the signatures of the validators, from the trusted header on. Filled in
        is the first header that this page saw; enter one from a source that you trust to depend on this node for nothing.
      </p>
      <form class="verify" aria-label="Verify" aria-busy={busy} onSubmit={(event) => void submit(event)}>
        <label>
          What
          <select name="kind">
            <option value="balance">balance</option>
            <option value="limit">limit</option>
          </select>
        </label>
        <label class="wide">
          Address
          <input
            name="address"
            key={poster}
            defaultValue={poster ?? ''}
            pattern="0x[0-9a-fA-F]{40}"
            required
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        <label>
          Trusted height
          <input
            name="height"
            key={trusted?.height}
            defaultValue={trusted?.height ?? ''}
            pattern="[1-9][0-9]{0,15}"
            inputMode="numeric"
            required
            autocomplete="off"
          />
        </label>
        <label class="wide">
          Trusted header hash
          <input
            name="hash"
            key={trusted?.hash}
            defaultValue={trusted?.hash ?? ''}
            pattern="(0x)?[0-9a-fA-F]{64}"
            required
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        <button type="submit">Verify</button>
      </form>
      <div role="status">{outcome !== undefined && <Result outcome={outcome} />}</div>
    </section>
  );
}

async function verify(fields: FormData): Promise<Outcome> {
  const text = (name: string) => String(fields.get(name)).trim();
  const question: Question = {
    kind: text('kind') === 'limit' ? 'limit' : 'balance',
    address: text('address').toLowerCase() as `0x${string}`,
  };
  try {
    const hash = fromHex(text('hash').replace(/^0x/, '')) ?? new Uint8Array();
    const trust = { height: BigInt(text('height')), hash, trustingPeriodMs: TRUSTING_PERIOD_MS };
    const client = await LightClient.open(pageProvider(question), trust, DEPS);
    return { verified: await client.ask(question) };
  } catch (error) {
    const code = hasCode(error) ? `${error.code}: ` : '';
    return { refusal: `${code}${error instanceof Error ? error.message : String(error)}` };
  }
}

function Result({ outcome }: { readonly outcome: Outcome }) {
  if ('refusal' in outcome) return <p class="outcome refused">Not verified. {outcome.refusal}</p>;
  const { answer, way } = outcome.verified;
  const [first, last] = [way[0], way.at(-1)];
  if (first === undefined || last === undefined) return null;
  const { header, hash, power } = last;
  return (
    <dl class="verified">
      <dt>Verified</dt>
      <dd>
        <strong>{words(answer)}</strong>
      </dd>
      <dt>State</dt>
      <dd>
        after block {`${header.height - 1n}`}, app hash <code>{to0x(header.appHash)}</code>
      </dd>
      <dt>Header</dt>
      <dd>
        {`${header.height}`} of {formatTime(header.time)} <code>{to0x(hash)}</code>
      </dd>
      <dt>Signed</dt>
      <dd>
        by {power.signers} of {power.validators} validators with {`${power.signed} of ${power.total}`} power
      </dd>
      <dt>Trust</dt>
      <dd>
        from block {`${first.header.height}`}
        {way.length > 2 &&
          `, by way of ${way
            .slice(1, -1)
            .map((block) => `${block.header.height}`)
            .join(', ')}`}
      </dd>
    </dl>
  );
}

function words(answer: StateAnswer): string {
  switch (answer.kind) {
    case 'balance':
      return answer.balance === undefined ? 'no stake: proved absent' : `${answer.balance} base units staked`;
    case 'limit':
      return answer.limit === undefined
        ? 'no limit in this round: proved absent'
        : `${answer.limit.orderLimit} orders and ${answer.limit.streamLimit} streams a round`;
    case 'round':
      return `round ${answer.round.number}`;
  }
}
