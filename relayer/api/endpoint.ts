// An endpoint as data: what it takes, what it answers, what it does. Routes, validation and the OpenAPI document are made
// from these, so none of them can say something else than the others.

import { z } from 'zod';
import type { Admission } from './admission.ts';
import type { BlockFeed } from './block-feed.ts';
import type { DevnetPort } from './devnet-port.ts';
import type { Metrics } from './metrics/open-metrics.ts';
import type { NodeView } from './node-view.ts';
import type { PostIndex } from './post-index.ts';
import type { Stream } from './stream.ts';

/** What endpoints work with. */
export interface ApiParts {
  readonly view: NodeView;
  readonly feed: BlockFeed;
  readonly posts: PostIndex;
  readonly stream: Stream;
  readonly admission: Admission;
  readonly metrics: Metrics;
  /** Only on a devnet. */
  readonly devnet: DevnetPort | undefined;
}

export interface EndpointRequest<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly ifNoneMatch: string | undefined;
  /** Aborted when the client has gone or the time is up. */
  readonly signal: AbortSignal;
}

export interface EndpointReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text when the endpoint says so; none with 304. */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly description: string;
  /** Undefined: no body, or text of `contentType`. */
  readonly schema?: z.ZodType;
  readonly contentType?: string;
}

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** With parameters in braces, as in OpenAPI. */
  readonly path: string;
  readonly tag: 'state' | 'orders' | 'proofs' | 'node' | 'devnet';
  readonly summary: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body?: z.ZodType;
  readonly answers: readonly Answer[];
  /** Status codes of problem documents besides those that any request may get. */
  readonly problems: readonly number[];
  /** Looked at before the body is read: throws what the request is refused with, whatever it says. */
  readonly admit?: (parts: ApiParts) => void;
  run(request: EndpointRequest<never, never, never>, parts: ApiParts): Promise<EndpointReply>;
}

const NOTHING = z.strictObject({});

interface Definition<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>
  extends Omit<Endpoint, 'params' | 'query' | 'body' | 'run' | 'problems'> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly problems?: readonly number[];
  run(request: EndpointRequest<z.output<P>, z.output<Q>, z.output<B>>, parts: ApiParts): Promise<EndpointReply>;
}

/** Ties the types of `run` to the schemas. */
export function endpoint<
  P extends z.ZodObject = typeof NOTHING,
  Q extends z.ZodObject = typeof NOTHING,
  B extends z.ZodType = z.ZodUndefined,
>(definition: Definition<P, Q, B>): Endpoint {
  return { params: NOTHING, query: NOTHING, problems: [], ...definition } as unknown as Endpoint;
}

/** An integer in a path or query: plain decimal digits. */
export function integerText(least: number, most: number) {
  return z
    .string()
    .regex(/^(0|[1-9][0-9]{0,15})$/, 'must be a decimal integer')
    .transform(Number)
    .pipe(z.int().min(least).max(most));
}

/** An address in a path or query, in either case; given on in lower case. */
export const addressText = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, 'must be an address: 0x and 40 hex digits')
  .transform((text) => text.toLowerCase())
  .pipe(z.string().regex(/^0x[0-9a-fA-F]{40}$/));

export const pegHeightText = integerText(1, Number.MAX_SAFE_INTEGER);
