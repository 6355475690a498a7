// The interface against its own OpenAPI document: requests made from its parameters, good and bad, and nothing may be answered
// that the document does not say. Schemas are read from the document as a stranger reads them.

import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import { type ApiNode, startApiNode } from '../helpers/api-node.ts';
import { ask, type HttpAnswer } from '../helpers/http-answer.ts';

interface Schema {
  readonly type?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly [word: string]: unknown;
}
interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { name: string; in: 'path' | 'query'; required: boolean; schema: Schema }[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const RUNS = process.env.PEG_LONG === undefined ? 25 : 500;

/** Text that fits the schema most of the time, and anything else the rest of it. */
function textFor(schema: Schema, known: readonly string[]): fc.Arbitrary<string> {
  const { minimum = 0, maximum = 2 ** 53 - 1 } = schema;
  const fitting =
    schema.type === 'integer'
      ? fc
          .oneof(fc.integer({ min: minimum, max: Math.min(maximum, 1_000) }), fc.integer({ min: minimum, max: maximum }))
          .map(String)
      : schema.enum !== undefined
        ? fc.constantFrom(...schema.enum)
        : schema.pattern !== undefined
          ? fc.oneof(fc.stringMatching(new RegExp(schema.pattern)), fc.constantFrom(...known))
          : fc.string();
  const odd = fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    'null',
    '../state',
    '%00',
    '9'.repeat(40),
    '0x',
    '\u{1f600}',
    "' OR 1=1",
    'a'.repeat(5_000),
  );
  return fc.oneof({ weight: 6, arbitrary: fitting }, { weight: 2, arbitrary: odd }, { weight: 1, arbitrary: fc.string() });
}

describe('the OpenAPI document', () => {
  let node: ApiNode;
  let document: Document;
  let known: readonly string[];
  before(async () => {
    node = await startApiNode();
    document = (await ask(`${node.url}/openapi.json`)).body as Document;
    known = [node.wallet(0).address, node.wallet(1).address.toLowerCase(), node.order('posted'), node.order('again')];
  });
  after(() => node?.close());

  /** Fails unless the document names the status, the type and the shape of the answer. */
  const judge = (operation: Operation, { status, type, body, text }: HttpAnswer) => {
    const response = operation.responses[status];
    expect(response, `${status} is documented: ${text.slice(0, 300)}`).not.to.equal(undefined);
    expect(status, text.slice(0, 300)).to.be.below(500);
    const media = type.split(';')[0] ?? '';
    const schemas = response?.content;
    if (schemas === undefined) return expect(text).to.equal('');
    expect(schemas, `${status} ${media}`).to.have.property(media);
    const { $ref, ...schema } = schemas[media]?.schema ?? {};
    const named = typeof $ref === 'string' ? document.components.schemas[$ref.split('/').at(-1) ?? ''] : schema;
    const parsed = z.fromJSONSchema(named as Parameters<typeof z.fromJSONSchema>[0]).safeParse(body);
    expect(parsed.success, `${status}: ${parsed.error?.message} in ${text.slice(0, 300)}`).to.equal(true);
    if (status >= 400) expect(body.status).to.equal(status);
  };

  it('describes every endpoint once, and has a page for people without anything from elsewhere', async () => {
    expect(document.openapi).to.equal('3.1.0');
    const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).to.equal(operations.length);
    const wanted = ['/status', '/state', '/round', '/balances', '/balances/{address}', '/limits', '/limits/{address}', '/events'];
    wanted.push('/votes', '/validators', '/params', '/final/{height}', '/orders', '/streams', '/proof/{kind}/{address}');
    wanted.push('/proof/round', '/healthz', '/readyz', '/metrics', '/transactions/{hash}');
    expect(Object.keys(document.paths)).to.include.members(wanted);
    const page = await ask(`${node.url}/docs`);
    expect([page.status, page.type]).to.deep.equal([200, 'text/html; charset=utf-8']);
    for (const path of Object.keys(document.paths)) expect(page.text, path).to.include(path);
    expect(page.text).not.to.match(/<script|src=|https?:\/\//);
  });

  it('foretells the answer to any request', async function () {
    this.timeout(600_000);
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    for (const { path, method, operation } of operations) {
      const { parameters, requestBody } = operation;
      const values = fc.record(Object.fromEntries(parameters.map(({ name, schema }) => [name, textFor(schema, known)])), {
        requiredKeys: parameters.filter(({ required }) => required).map(({ name }) => name),
      });
      const body = fc.oneof(
        fc.constantFrom(...known).map((tx) => ({ tx })),
        textFor({ pattern: '^0x([0-9a-f]{2})+$' }, known).map((tx) => ({ tx })),
        fc.jsonValue(),
      );
      await fc.assert(
        fc.asyncProperty(values, body, fc.boolean(), async (given, json, conditional) => {
          const filled = path.replace(/\{([a-z]+)\}/g, (_, name: string) =>
            encodeURIComponent((given as Record<string, string>)[name] ?? ''),
          );
          const query = new URLSearchParams(
            parameters
              .filter(({ name, in: place }) => place === 'query' && Object.hasOwn(given, name))
              .map(({ name }): [string, string] => [name, (given as Record<string, string>)[name] ?? '']),
          );
          // Another path than the documented one: an empty or dotted segment.
          if (/\/(\/|\.|%2E|$)/i.test(filled) && path.includes('{')) return;
          const init: RequestInit = { method: method.toUpperCase(), headers: { 'content-type': 'application/json' } };
          if (requestBody !== undefined) init.body = JSON.stringify(json);
          else init.headers = conditional ? { 'if-none-match': '*' } : {};
          judge(operation, await ask(`${node.url}${filled}?${query}`, init));
        }),
        { numRuns: RUNS },
      );
    }
  });
});
