// Whether what a suite leaves behind should be kept for somebody to look at.

import type { Context, Suite } from 'mocha';

/** In a hook of the suite: whether one of its tests has not passed, be it that a hook before it failed. */
export function hasFailed(context: Context): boolean {
  return anyNotPassed(context.test?.parent);
}

function anyNotPassed(suite: Suite | undefined): boolean {
  if (suite === undefined) return false;
  return suite.tests.some(({ state, pending }) => state !== 'passed' && !pending) || suite.suites.some(anyNotPassed);
}
