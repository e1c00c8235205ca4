import {
  askEndpointHistories,
  askProgress,
  askReleaseLists,
  askReleaseTable,
  type EndpointHistories,
  listLoadedReleases,
  listProgressEndpoints,
  type Pool,
  type ReleaseLists,
  type ReleaseTable,
} from '@snoop/snoopdb';
import { type DetailsFile, historyLetters, type ProgressFile, type ReleasesFile, type TableFile } from './model.ts';

export async function readReleases(pool: Pool): Promise<ReleasesFile> {
  return { releases: await listLoadedReleases(pool) };
}

/** @throws SnoopDbError `unknown_release`, `bad_release` */
export async function readReleaseFiles(
  pool: Pool,
  release: string,
): Promise<{ readonly table: TableFile; readonly details: DetailsFile }> {
  const table = await askReleaseTable(pool, release);
  const [lists, histories] = await Promise.all([
    askReleaseLists(pool, table.release.release),
    askEndpointHistories(pool, table.release.release),
  ]);
  return { table: createTable(table, lists), details: createDetails(table, histories) };
}

export async function readProgress(pool: Pool): Promise<ProgressFile> {
  const [answer, endpoints] = await Promise.all([askProgress(pool), listProgressEndpoints(pool)]);
  return { ...answer, endpoints };
}

function createTable({ release, previous, endpoints }: ReleaseTable, lists: ReleaseLists): TableFile {
  return {
    release,
    previous,
    lists,
    endpoints: endpoints.map(({ description: _, reference: _url, namelessHit: _hit, tests, ...row }) => ({
      ...row,
      tests: tests.length,
    })),
  };
}

function createDetails({ endpoints, tests }: ReleaseTable, histories: EndpointHistories): DetailsFile {
  const places = new Map(tests.map(({ test }, place) => [test, place]));
  return {
    tests,
    releases: histories.releases,
    endpoints: Object.fromEntries(
      endpoints.map(({ endpoint, description, reference, namelessHit, tests: names }) => [
        endpoint,
        {
          description,
          reference,
          namelessHit,
          tests: names.flatMap((name) => places.get(name) ?? []),
          history: (histories.endpoints.get(endpoint) ?? []).map((state) => historyLetters[state]).join(''),
        },
      ]),
    ),
  };
}
