import type { DetailsFile, TableFile, TableRow } from '../../../src/ui/data/model.ts';

/** An endpoint that a test hits. */
export interface HitEndpoint extends TableRow {
  /** Whether no other e2e test hits it. */
  readonly isAlone: boolean;
}

/** Lists the endpoints that a test hits, by name. @param place of the test in `details.tests` */
export function listHitEndpoints(
  { endpoints }: Pick<TableFile, 'endpoints'>,
  details: Pick<DetailsFile, 'endpoints'>,
  place: number,
): HitEndpoint[] {
  return endpoints.flatMap((row) => {
    const { tests = [], namelessHit = false } = details.endpoints[row.endpoint] ?? {};
    return tests.includes(place) ? [{ ...row, isAlone: tests.length === 1 && !namelessHit }] : [];
  });
}

/** URL of a test's file in kubernetes/kubernetes; null: the file is unknown, or the release has no tag. */
export function formatSourceUrl(
  file: string | null,
  release: { release: string; releaseDate: string | null },
): string | null {
  if (file === null || release.releaseDate === null) return null;
  const path = file.split('/').map(encodeURIComponent).join('/');
  return `https://github.com/kubernetes/kubernetes/blob/v${release.release}/${path}`;
}
