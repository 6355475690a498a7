// The OpenAPI document as a page for people: plain HTML without scripts and without anything from elsewhere.

import { createHash } from 'node:crypto';
import type { Endpoint } from './endpoint.ts';

const TITLES: Readonly<Record<Endpoint['tag'], string>> = {
  state: 'State',
  orders: 'Orders and streams',
  proofs: 'Proofs',
  node: 'The node',
  devnet: 'The devnet',
};

interface Operation {
  readonly tags: readonly Endpoint['tag'][];
  readonly summary: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; description?: string; schema: object }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<Record<string, { description: string; content?: Readonly<Record<string, { schema: object }>> }>>;
}

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:0 auto;padding:1rem}
h2{margin-top:2.5rem}summary{cursor:pointer;padding:.4rem 0}code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{overflow:auto;padding:.6rem;border:1px solid #8886;border-radius:.3rem}table{border-collapse:collapse}
td,th{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0}details{border-bottom:1px solid #8884}`;

/** What a content security policy must allow as source of style for the page. */
export const DOCS_STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

/** A whole HTML document for what `openApiDocument` made. */
export function docsPage(document: Record<string, unknown>): string {
  const { info, paths } = document as {
    info: { title: string; version: string; description: string };
    paths: Record<string, Record<string, Operation>>;
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = Object.entries(TITLES).map(([tag, title]) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(tag as Endpoint['tag']));
    return own.length === 0
      ? ''
      : `<h2>${title}</h2>${own.map(({ path, method, operation }) => section(path, method, operation)).join('')}`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(info.title)}: interface</title><style>${STYLE}</style></head><body><main><h1>${escapeHtml(info.title)} ${escapeHtml(info.version)}</h1>
<p>${escapeHtml(info.description)} For programs: <a href="openapi.json">openapi.json</a>.</p>${sections.join('')}</main></body></html>`;
}

function section(path: string, method: string, { summary, parameters, requestBody, responses }: Operation): string {
  const rows = parameters.map(
    ({ name, in: place, required, description = '', schema }) =>
      `<tr><th scope="row"><code>${escapeHtml(name)}</code></th><td>${place}${required ? ', required' : ''}</td><td>${escapeHtml(description)}<br><code>${escapeHtml(JSON.stringify(schema))}</code></td></tr>`,
  );
  const body = Object.values(requestBody?.content ?? {}).map(({ schema }) => `<h4>Body</h4>${json(schema)}`);
  const answers = Object.entries(responses).map(([status, { description, content = {} }]) => {
    const schemas = Object.entries(content).filter(([type]) => type === 'application/json');
    return `<p><strong>${status}</strong> ${escapeHtml(description)}</p>${schemas.map(([, { schema }]) => json(schema)).join('')}`;
  });
  return `<details><summary><code>${method} ${escapeHtml(path)}</code> — ${escapeHtml(summary)}</summary>
${rows.length === 0 ? '' : `<table>${rows.join('')}</table>`}${body.join('')}<h4>Answers</h4>${answers.join('')}</details>`;
}

function json(value: object): string {
  return `<pre tabindex="0">${escapeHtml(JSON.stringify(value, null, 1))}</pre>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
