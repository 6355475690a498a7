// Errors of the interface as problem documents (RFC 9457): `type` is stable, `title` says what kind of thing went wrong,
// `detail` names it, and a refusal by the protocol carries its codespace and code.

import type { FastifyError, FastifyReply } from 'fastify';
import { describe, hasCode } from '../lib/errors.ts';
import { CODES } from '../peg/codes.ts';

/**
 * `API_BAD_REQUEST`: a parameter or body that is not what it must be. `API_NOT_FOUND`: nothing is there. `API_BUSY`: too many
 * orders at once, or too many long answers that nobody takes. `API_TIMEOUT`: the answer took too long.
 */
export type ApiErrorCode = 'API_BAD_REQUEST' | 'API_NOT_FOUND' | 'API_BUSY' | 'API_TIMEOUT';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly codespace?: string;
  readonly code?: number;
}

const RETRY_AFTER_SECONDS = 1;

const NAMES = new Map(Object.entries(CODES).map(([name, { codespace, code, doc }]) => [`${codespace}/${code}`, { name, doc }]));

/** A refusal by the protocol: the order is understood, the rules are against it. */
export function refusalProblem({ codespace, code, log }: { codespace: string; code: number; log: string }): Problem {
  const known = NAMES.get(`${codespace}/${code}`);
  const type = `urn:peg:refused:${(known?.name ?? `${codespace}-${code}`).toLowerCase()}`;
  return {
    type,
    title: known?.doc ?? 'the transaction was refused',
    status: statusOf(codespace, known?.name),
    detail: log,
    codespace,
    code,
  };
}

function statusOf(codespace: string, name: string | undefined): number {
  if (name === 'ORDER_LIMIT_USED_UP') return 429;
  if (name === 'ORDER_UNKNOWN_POSTER') return 403;
  if (name === 'ORDER_TOO_LARGE' || name === 'TX_TOO_LARGE') return 413;
  if (name === 'QUERY_PATH' || name === 'QUERY_NOT_FOUND' || name === 'QUERY_HEIGHT') return 404;
  return codespace === 'tx' || codespace === 'query' ? 400 : 409;
}

/** What any thrown value becomes for the client; nothing of the inside shows but its code. */
export function problemOf(error: unknown): Problem {
  if (hasCode(error) && typeof error.data.codespace === 'string' && typeof error.data.code === 'number') {
    return refusalProblem({ codespace: error.data.codespace, code: error.data.code, log: error.message });
  }
  if (hasCode(error, 'API_BAD_REQUEST')) {
    return { type: 'urn:peg:request', title: 'the request is not what it must be', status: 400, detail: error.message };
  }
  if (hasCode(error, 'API_NOT_FOUND')) {
    return { type: 'urn:peg:not-found', title: 'there is nothing under this name', status: 404, detail: error.message };
  }
  if (hasCode(error, 'DEVNET_REFUSED')) {
    return { type: 'urn:peg:devnet', title: 'the devnet does not do this', status: 409, detail: error.message };
  }
  if (hasCode(error, 'API_BUSY')) {
    return { type: 'urn:peg:busy', title: 'too much at once: try again', status: 503, detail: error.message };
  }
  if (hasCode(error, 'PEG_RPC_REFUSED') && error.message.includes('mempool is full')) {
    return { type: 'urn:peg:mempool-full', title: 'the mempool is full: try again', status: 503, detail: error.message };
  }
  if (hasCode(error) && error.code.startsWith('PEG_')) {
    return {
      type: `urn:peg:${error.code.toLowerCase()}`,
      title: 'the node did not answer',
      status: 503,
      detail: describe(error),
    };
  }
  if (hasCode(error, 'API_TIMEOUT')) {
    return { type: 'urn:peg:timeout', title: 'the node did not answer in time', status: 503, detail: error.message };
  }
  const { statusCode: status } = error as Partial<FastifyError>;
  if (status === 429) {
    return { type: 'urn:peg:too-many-requests', title: 'too many requests from this address', status, detail: describe(error) };
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return { type: 'about:blank', title: 'the request is not what it must be', status, detail: describe(error) };
  }
  return { type: 'about:blank', title: 'the node has a fault', status: 500, detail: 'see its log' };
}

/** Whoever is told to come later is told when; for requests too many, the limit itself says it. */
export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
