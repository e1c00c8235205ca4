import { listShippedReleases, pickNearestRelease, readShippedRelease } from '@snoop/snoopdb';
import type { IneligibleEntry } from '../../facts.ts';

/** No published list of 1.33 to 1.37 lacks more entries of another one. */
const usualShare = 0.05;

/**
 * Notes that a list of ineligible endpoints lacks many entries that the nearest shipped release has: one that was cut
 * between two entries looks whole. The answer is only stricter by it.
 *
 * @param release of the current document, X.Y.Z; null: unknown
 */
export async function noteLostEntries(entries: readonly IneligibleEntry[], release: string | null): Promise<string[]> {
  const nearest = release === null ? null : pickNearestRelease(release, await listShippedReleases());
  const snapshot = nearest === null ? null : await readShippedRelease(nearest);
  if (snapshot === null) return [];
  const known = new Set(entries.map(({ endpoint }) => endpoint));
  const { ineligible } = snapshot;
  const lost = ineligible.filter(({ endpoint }) => !known.has(endpoint)).length;
  if (lost <= usualShare * ineligible.length) return [];
  return [`It lacks ${lost} of the ${ineligible.length} entries that the list of ${nearest} has: it may be cut.`];
}
