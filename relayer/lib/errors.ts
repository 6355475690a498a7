// The one error class of the project. A room declares its own union of codes and throws
// `new CodedError<RoomCode>(code, message, data)`; callers and tests look at `code`, people read `message`.

/** An error with a stable, machine-readable `code`; `data` names the things the message is about. */
export class CodedError<C extends string = string> extends Error {
  readonly code: C;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: C, message: string, data: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CodedError';
    this.code = code;
    this.data = data;
  }
}

/** True when `error` is a CodedError, with that code when one is given. */
export function hasCode<C extends string>(error: unknown, code?: C): error is CodedError<C> {
  return error instanceof CodedError && (code === undefined || error.code === code);
}

/** One line that describes any thrown value, following `cause`s. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message === '' ? error.name : error.message;
  return error.cause === undefined ? message : `${message}: ${describe(error.cause)}`;
}
