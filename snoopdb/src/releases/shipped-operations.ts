import type { Operation } from '../resolver/openapi-document.ts';
import { readShippedRelease } from './shipped-snapshot.ts';

/**
 * The operations of a shipped release, without a database; null if it does not ship.
 * @param release as X.Y.Z
 */
export async function readShippedOperations(release: string): Promise<Operation[] | null> {
  return (await readShippedRelease(release))?.endpoints ?? null;
}
