/** Builds the dashboard unless what is there was made from the same sources; gives the folder with the built page. */
export function buildDashboard(): Promise<string>;
