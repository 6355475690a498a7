// The query language of subscriptions and searches: conditions joined by AND, as `tm.event='Tx' AND transfer.amount > 5`.
// Operators = < <= > >= CONTAINS EXISTS; operands are 'text', numbers, TIME and DATE.
// Source: CometBFT libs/pubsub/query at v0.38.

import type { Attributes } from './chain-events.ts';

export type Operator = '=' | '<' | '<=' | '>' | '>=' | 'CONTAINS' | 'EXISTS';

export interface Condition {
  readonly key: string;
  readonly operator: Operator;
  readonly operand: { readonly kind: 'text' | 'number' | 'time'; readonly text: string };
}

/** A query that cannot be read; the message says where. */
export class QuerySyntaxError extends Error {}

const TOKEN =
  /\s*(?:(')((?:[^'])*)'|(TIME|DATE)\s+([0-9A-Za-z:.+-]+)|(\d+(?:\.\d+)?)(?![\w.])|(<=|>=|=|<|>)|([A-Za-z_][^\s'=<>"\\()]*))/y;

interface Token {
  readonly kind: 'text' | 'number' | 'time' | 'operator' | 'word';
  readonly text: string;
  readonly at: number;
}

/** Throws QuerySyntaxError. */
export function parseQuery(query: string): readonly Condition[] {
  const tokens = scan(query);
  const conditions: Condition[] = [];
  for (let i = 0; ; ) {
    const key = expect(tokens[i++], 'word', 'a tag', query);
    const operator = tokens[i++];
    if (operator?.kind === 'word' && operator.text === 'EXISTS')
      conditions.push({ key: key.text, operator: 'EXISTS', operand: { kind: 'text', text: '' } });
    else if (operator?.kind === 'operator' || (operator?.kind === 'word' && operator.text === 'CONTAINS')) {
      const operand = tokens[i++];
      const wanted =
        operator.text === 'CONTAINS' ? ['text'] : operator.text === '=' ? ['text', 'number', 'time'] : ['number', 'time'];
      if (operand === undefined || !wanted.includes(operand.kind)) throw problem(operand, wanted.join(' or '), query);
      conditions.push({
        key: key.text,
        operator: operator.text as Operator,
        operand: { kind: operand.kind as 'text', text: operand.text },
      });
    } else throw problem(operator, 'an operator', query);
    if (i >= tokens.length) return conditions;
    const and = expect(tokens[i++], 'word', 'AND', query);
    if (and.text !== 'AND') throw problem(and, 'AND', query);
  }
}

/** Whether every condition holds for some value of its key. */
export function matches(conditions: readonly Condition[], attributes: Attributes): boolean {
  return conditions.every((condition) => (attributes.get(condition.key) ?? []).some((value) => holds(condition, value)));
}

/** Whether one value satisfies a condition on its key. */
export function holds({ operator, operand }: Condition, value: string): boolean {
  if (operator === 'EXISTS') return true;
  if (operator === 'CONTAINS') return value.includes(operand.text);
  if (operand.kind === 'text') return value === operand.text;
  const order = operand.kind === 'number' ? compareNumbers(value, operand.text) : compareInstants(value, operand.text);
  if (order === undefined) return false;
  if (operator === '=') return order === 0;
  return operator.startsWith('<')
    ? order < 0 || (operator === '<=' && order === 0)
    : order > 0 || (operator === '>=' && order === 0);
}

function scan(query: string): Token[] {
  const tokens: Token[] = [];
  const text = query.trimEnd();
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new QuerySyntaxError(`offset ${at}: invalid token in ${JSON.stringify(query.slice(0, 100))}`);
    const [, quote, quoted, , instant, number, operator, word] = match;
    if (quote !== undefined) tokens.push({ kind: 'text', text: quoted ?? '', at });
    else if (instant !== undefined) tokens.push({ kind: 'time', text: instant, at });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, at });
    else if (operator !== undefined) tokens.push({ kind: 'operator', text: operator, at });
    else tokens.push({ kind: 'word', text: word ?? '', at });
    at = TOKEN.lastIndex;
  }
  return tokens;
}

function expect(token: Token | undefined, kind: Token['kind'], wanted: string, query: string): Token {
  if (token?.kind === kind) return token;
  throw problem(token, wanted, query);
}

function problem(token: Token | undefined, wanted: string, query: string): QuerySyntaxError {
  return new QuerySyntaxError(
    `offset ${token?.at ?? query.length}: got ${token === undefined ? 'the end' : token.text.slice(0, 50)}, wanted ${wanted}`,
  );
}

/** Exact for integers of any size; undefined when the value holds no number. */
function compareNumbers(value: string, operand: string): number | undefined {
  const number = /\d+(?:\.\d+)?/.exec(value)?.[0];
  if (number === undefined) return undefined;
  if (!number.includes('.') && !operand.includes('.')) {
    const [a, b] = [BigInt(number), BigInt(operand)];
    return a < b ? -1 : a > b ? 1 : 0;
  }
  return Number(number) - Number(operand);
}

function compareInstants(value: string, operand: string): number | undefined {
  const [a, b] = [Date.parse(value), Date.parse(operand)];
  return Number.isNaN(a) || Number.isNaN(b) ? undefined : a - b;
}
