// A log in a file, one line of JSON an entry, for what somebody wants to read only when a test has failed.

import { appendFileSync } from 'node:fs';
import type { Log, LogFields } from '../../relayer/lib/log.ts';

/** Every line is written before the call returns, so that nothing is missing when a process ends. */
export function fileLog(path: string, parent: LogFields = {}): Log {
  const write = (level: string) => (fields: LogFields, message: string) => {
    const line = { time: new Date().toISOString(), level, message, ...parent, ...fields };
    appendFileSync(path, `${JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? value.toString() : value))}\n`);
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => fileLog(path, { ...parent, ...fields }),
  };
}
