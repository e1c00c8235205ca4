import {
  askProgress,
  askReleaseTable,
  listLoadedReleases,
  listProgressEndpoints,
  type Pool,
  type ReleaseTable,
} from '@snoop/snoopdb';
import type { DetailsFile, ProgressFile, ReleasesFile, TableFile } from './model.ts';

export async function readReleases(pool: Pool): Promise<ReleasesFile> {
  return { releases: await listLoadedReleases(pool) };
}

/** @throws SnoopDbError `unknown_release`, `bad_release` */
export async function readReleaseFiles(
  pool: Pool,
  release: string,
): Promise<{ readonly table: TableFile; readonly details: DetailsFile }> {
  const table = await askReleaseTable(pool, release);
  return { table: createTable(table), details: createDetails(table) };
}

export async function readProgress(pool: Pool): Promise<ProgressFile> {
  const [answer, endpoints] = await Promise.all([askProgress(pool), listProgressEndpoints(pool)]);
  return { ...answer, endpoints };
}

function createTable({ release, previous, endpoints }: ReleaseTable): TableFile {
  return {
    release,
    previous,
    endpoints: endpoints.map(({ description: _, reference: _url, namelessHit: _hit, tests, ...row }) => ({
      ...row,
      tests: tests.length,
    })),
  };
}

function createDetails({ endpoints, tests }: ReleaseTable): DetailsFile {
  const places = new Map(tests.map(({ test }, place) => [test, place]));
  return {
    tests,
    endpoints: Object.fromEntries(
      endpoints.map(({ endpoint, description, reference, namelessHit, tests: names }) => [
        endpoint,
        { description, reference, namelessHit, tests: names.flatMap((name) => places.get(name) ?? []) },
      ]),
    ),
  };
}
