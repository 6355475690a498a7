// An application that writes down the calls it gets into an array.

import type { Application } from '../../relayer/abci/application.ts';
import type { LoggedCall } from '../../relayer/abci/call-grammar.ts';
import { recordCalls as record } from '../../relayer/abci/recorded-calls.ts';

/** `application` with every call of the grammar appended to `calls` before it is passed on. */
export function recordCalls<A extends Application>(application: A, calls: LoggedCall[]): A {
  return record(application, (call) => void calls.push(call));
}
