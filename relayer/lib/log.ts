// The port for structured logs. `node/` and `cli/` plug pino in; tests pass `silentLog`.

export type LogFields = Readonly<Record<string, unknown>>;

/** One line per state change, past tense; the fields carry the things (`eth_block`, `height`, `round`, `tx`, `duration_ms`). */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  child(fields: LogFields): Log;
}

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
};
