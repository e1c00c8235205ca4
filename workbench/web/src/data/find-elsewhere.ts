import { loadDetails, loadReleases, loadTable } from './load.ts';

/** Finds the other releases, newest first, for which a question is true. Reads their files, so only for what is missing. */
async function findReleases(own: string, has: (release: string) => Promise<boolean>): Promise<string[]> {
  const { releases } = await loadReleases();
  const others = releases.map(({ release }) => release).filter((release) => release !== own);
  const found = await Promise.all(others.map((release) => has(release).catch(() => false)));
  return others.filter((_, place) => found[place]);
}

/** Finds the other releases that have an endpoint. */
export async function findEndpointElsewhere(endpoint: string, own: string): Promise<string[]> {
  return findReleases(own, async (release) =>
    (await loadTable(release)).endpoints.some((row) => row.endpoint === endpoint),
  );
}

/** Finds the other releases in which a test hits an endpoint. */
export async function findTestElsewhere(test: string, own: string): Promise<string[]> {
  return findReleases(own, async (release) => (await loadDetails(release)).tests.some((one) => one.test === test));
}
