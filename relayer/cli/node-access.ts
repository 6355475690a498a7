// How a command reaches a node, and how it shows what it read.

import type { CometClient } from '../comet/rpc-client.ts';
import type { Flags, Terminal } from './command.ts';

/** Runs `task` with a client of the node that `--node` names, and closes it. */
export async function withNode<T>(flags: Flags, terminal: Terminal, task: (client: CometClient) => Promise<T>): Promise<T> {
  const { openCometClient } = await import('../comet/rpc-client.ts');
  const client = await openCometClient(flags.node as string, { signal: terminal.signal });
  try {
    return await task(client);
  } finally {
    client.close();
  }
}

/** One JSON document with `--json`, otherwise the lines. */
export function show(flags: Flags, terminal: Terminal, document: unknown, lines: readonly string[]): void {
  terminal.out(flags.json === true ? JSON.stringify(document) : lines.join('\n'));
}

/** Columns as wide as their widest cell; numbers (columns listed in `right`) stand to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number) =>
    right.includes(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}
