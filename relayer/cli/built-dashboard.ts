// The page, built at its first use; it takes a second or two.

/** Folder with the built dashboard. */
export async function builtDashboard(): Promise<string> {
  const { buildDashboard } = await import('../../scripts/build-dashboard.mjs');
  return buildDashboard();
}
