import type { Operation } from '../resolver/openapi-document.ts';
import { listShippedReleases, readShippedSnapshot, unpackSnapshot } from './shipped-snapshot.ts';

/**
 * The operations of a shipped release, without a database; null if it does not ship.
 * @param release as X.Y.Z
 */
export async function readShippedOperations(release: string): Promise<Operation[] | null> {
  if (!(await listShippedReleases()).includes(release)) return null;
  const { bytes } = await readShippedSnapshot(release);
  return unpackSnapshot(bytes).endpoints;
}
