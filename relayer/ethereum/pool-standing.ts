// How the endpoints stand to each other at the moment, kept from look to look: the last agreed head, who has a say, who was
// outvoted how often. One log line per change.

import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { type AgreementRule, type Judgement, judge } from './agreement.ts';
import type { Endpoint } from './endpoint.ts';
import { expectedCost } from './endpoint-score.ts';
import { EthereumError, type EthereumErrorCode } from './errors.ts';
import { type EndpointStatus, endpointStatus, highestHead } from './pool-state.ts';
import type { Header } from './types.ts';

export interface StandingParts {
  readonly endpoints: readonly Endpoint[];
  readonly rule: AgreementRule;
  readonly log: Log;
  readonly clock: Clock;
}

export class PoolStanding {
  readonly #parts: StandingParts;
  readonly #disagreements = new Map<Endpoint, number>();
  #judgement: Judgement | undefined;
  #head: Header | undefined;
  #finalized: bigint | undefined;

  constructor(parts: StandingParts) {
    this.#parts = parts;
  }

  /** The last head on which enough endpoints agreed. */
  head(): Header | undefined {
    this.judge();
    return this.#head;
  }

  finalized(): bigint | undefined {
    this.judge();
    return this.#finalized;
  }

  /** Why the head does not move although there may be newer blocks. */
  trouble(): EthereumError | undefined {
    const { trouble, asked } = this.judge();
    if (trouble === undefined) return undefined;
    return trouble === 'disagreement' ? this.disagreement(asked) : this.tooFew();
  }

  judge(): Judgement {
    const { endpoints, rule } = this.#parts;
    const before = this.#judgement;
    const now = judge(
      endpoints.map((endpoint) => endpoint.opinion()),
      rule,
    );
    this.#judgement = now;
    this.#report(before, now);
    if (now.head !== undefined) {
      this.#head = now.head;
      this.#finalized = now.finalized;
    }
    return now;
  }

  /** The endpoints that have a say: usable, of this chain, not outvoted; while nothing is agreed, the contradicting ones too. */
  voices(): readonly Endpoint[] {
    const { foreign, dissenting, trouble } = this.judge();
    return this.#parts.endpoints.filter(
      (endpoint, i) => endpoint.opinion().usable && !foreign.includes(i) && (trouble !== undefined || !dissenting.includes(i)),
    );
  }

  /** Those that have reached a block, the one that is expected to answer first before the others. */
  ranked(reach: bigint): readonly Endpoint[] {
    const now = this.#parts.clock.now();
    const cost = ({ score }: Endpoint) => expectedCost(score, now);
    return this.voices()
      .filter(({ view }) => (view.head()?.number ?? -1n) >= reach)
      .sort((a, b) => (cost(a) < cost(b) ? -1 : cost(a) > cost(b) ? 1 : 0));
  }

  noteDisagreement(endpoint: Endpoint): void {
    this.#disagreements.set(endpoint, (this.#disagreements.get(endpoint) ?? 0) + 1);
  }

  status(): readonly EndpointStatus[] {
    const { endpoints } = this.#parts;
    const { foreign, dissenting } = this.judge();
    const highest = highestHead(endpoints.map((endpoint) => endpoint.opinion()));
    const names = uniqueNames(endpoints.map(({ rpc }) => rpc.name));
    return endpoints.map((endpoint, i) =>
      endpointStatus({
        follower: { ...endpoint.follower.status(), endpoint: names[i] as string },
        score: endpoint.score,
        faults: endpoint.faults,
        highest,
        foreign: foreign.includes(i),
        dissenting: dissenting.includes(i),
        disagreements: this.#disagreements.get(endpoint) ?? 0,
      }),
    );
  }

  disagreement(asked: number): EthereumError {
    const { required } = this.#parts.rule;
    return this.error('ETH_DISAGREEMENT', `no ${required} of the ${asked} endpoints that answered agree on a block`, { asked });
  }

  tooFew(): EthereumError {
    const { rule, endpoints } = this.#parts;
    const states = this.status().map(({ endpoint, state }) => `${endpoint} is ${state}`);
    const message = `${rule.required} of ${endpoints.length} endpoints have to agree, and fewer can be asked: ${states.join(', ')}`;
    return this.error('ETH_TOO_FEW_ENDPOINTS', message);
  }

  error(code: EthereumErrorCode, message: string, data: Record<string, unknown> = {}): EthereumError {
    return new EthereumError(code, message, { required: this.#parts.rule.required, ...data });
  }

  #report(before: Judgement | undefined, now: Judgement): void {
    const { log, endpoints } = this.#parts;
    for (const i of [...now.dissenting, ...now.foreign]) {
      if (before?.dissenting.includes(i) || before?.foreign.includes(i)) continue;
      const endpoint = endpoints[i] as Endpoint;
      this.noteDisagreement(endpoint);
      const fields = { endpoint: endpoint.rpc.name, eth_block: endpoint.view.head()?.number, code: 'ETH_DISAGREEMENT' };
      log.error(
        fields,
        now.trouble === undefined ? 'an endpoint contradicted the others' : 'the endpoints contradicted each other',
      );
    }
    if (now.trouble === before?.trouble) return;
    const { trouble, agreed, asked } = now;
    if (trouble === undefined) log.info({ agreed, asked }, 'enough endpoints agreed');
    else log.warn({ trouble, endpoints: endpoints.length }, 'too few endpoints agreed: the head was not followed');
  }
}

/** Endpoints of one host differ in a path that must not be shown: from the second on they are numbered. */
function uniqueNames(names: readonly string[]): readonly string[] {
  return names.map((name, i) => {
    const same = names.slice(0, i).filter((other) => other === name).length;
    return same === 0 ? name : `${name} #${same + 1}`;
  });
}
