// The OpenAPI 3.1 document of the interface, made from the endpoints: its schemas are those that requests are checked with.

import { z } from 'zod';
import { problemDocument } from '../client/documents.ts';
import type { Answer, Endpoint } from './endpoint.ts';

/** What any request may get: bad parameters, limits of length and rate, a fault, a node that does not answer. */
const ALWAYS = [400, 414, 429, 431, 500, 503];
const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'the request is not what it must be, or the transaction is malformed or badly signed',
  403: 'the poster has no limit in this round',
  404: 'there is nothing under this name, or not at this height',
  409: 'a rule of the protocol is against it: another round, a duplicate',
  413: 'too large',
  414: 'a part of the path is too long',
  415: 'the body is not application/json',
  429: 'the limit of this round is used up, or too many requests came from this address',
  431: 'the headers are too long',
  500: 'the node has a fault',
  503: 'the node behind the interface does not answer',
};

const METHODS = { GET: 'get', POST: 'post' } as const;

type JsonSchema = Record<string, unknown>;

/** The document; `version` is that of the program. */
export function openApiDocument(endpoints: readonly Endpoint[], version: string): JsonSchema {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] ??= {};
    (paths[endpoint.path] as Record<string, unknown>)[METHODS[endpoint.method]] = operation(endpoint);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Peg node',
      version,
      description: 'Limits, orders, proofs and the state of a peg zone. The WebSocket at /stream is described in docs/api.md.',
    },
    servers: [{ url: '/' }],
    paths,
    components: { schemas: { Problem: schemaOf(problemDocument) } },
  };
}

function operation({ method, path, tag, summary, params, query, body, answers, problems }: Endpoint): JsonSchema {
  const bodyLimits = method === 'POST' ? [413, 415] : [];
  const statuses = [...new Set([...ALWAYS, ...problems, ...bodyLimits])].sort((a, b) => a - b);
  const responses: Record<string, unknown> = {};
  for (const status of statuses) responses[status] = problemResponse(PROBLEMS[status] ?? 'refused');
  for (const answer of answers) {
    const shared = responses[answer.status] as { content?: object } | undefined;
    const own = answerResponse(answer);
    responses[answer.status] = shared === undefined ? own : { ...own, content: { ...shared.content, ...own.content } };
  }
  return {
    operationId: `${METHODS[method]}${path.replace(/[/{}]+([a-z]?)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: [tag],
    summary,
    parameters: [...parametersOf(params, 'path'), ...parametersOf(query, 'query')],
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
    }),
    responses,
  };
}

function parametersOf(schema: z.ZodObject, place: 'path' | 'query'): JsonSchema[] {
  const { properties = {}, required = [] } = schemaOf(schema) as { properties?: Record<string, JsonSchema>; required?: string[] };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || (required.includes(name) && rest.default === undefined),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

function answerResponse({ description, schema, contentType = 'application/json' }: Answer) {
  if (schema === undefined && contentType === 'application/json') return { description };
  return { description, content: { [contentType]: { schema: schema === undefined ? { type: 'string' } : schemaOf(schema) } } };
}

function problemResponse(description: string) {
  return { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output' = 'output'): JsonSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
