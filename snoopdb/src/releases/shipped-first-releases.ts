import { findFirstReleases, type KnownRelease } from '../rules/first-release.ts';
import { readHistory } from './shipped-history.ts';
import { listShippedReleases, readShippedRelease } from './shipped-snapshot.ts';

/**
 * Finds the first release in which each endpoint is stable, by the data that ships and further releases, without a
 * database.
 *
 * @param further releases that the caller knows
 */
export async function findShippedFirstReleases(further: readonly KnownRelease[] = []): Promise<Map<string, string>> {
  const history = await readHistory();
  const shipped = await listShippedReleases();
  const releases = await Promise.all(
    shipped.map(async (release) => ({
      release,
      endpoints: (await readShippedRelease(release))?.endpoints ?? [],
    })),
  );
  return findFirstReleases(
    {
      newestRelease: history.newestRelease,
      firstReleases: new Map(history.endpoints.map(([endpoint, first]) => [endpoint, first])),
    },
    [...releases, ...further],
  );
}
