// A log that keeps its lines, for tests that look at what was logged.

import type { Log, LogFields } from '../../relayer/lib/log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

export function keepLines(): { readonly log: Log; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  return { log: keeper(lines, {}), lines };
}

function keeper(lines: LogLine[], parent: LogFields): Log {
  const note = (level: LogLine['level']) => (fields: LogFields, message: string) =>
    void lines.push({ level, message, fields: { ...parent, ...fields } });
  return {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
    child: (fields) => keeper(lines, { ...parent, ...fields }),
  };
}
