// A log that keeps its lines, for tests of what operators are told.

import type { Log, LogFields } from '../../relayer/lib/log.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: LogFields;
  readonly message: string;
}

export interface RecordingLog extends Log {
  readonly lines: LogLine[];
  /** Lines whose message contains the text. */
  saying(text: string): readonly LogLine[];
}

export function recordingLog(): RecordingLog {
  const lines: LogLine[] = [];
  const keep = (level: LogLine['level']) => (fields: LogFields, message: string) => void lines.push({ level, fields, message });
  const log: RecordingLog = {
    lines,
    saying: (text) => lines.filter(({ message }) => message.includes(text)),
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    child: () => log,
  };
  return log;
}
