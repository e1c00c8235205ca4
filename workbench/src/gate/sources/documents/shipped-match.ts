import { createHash } from 'node:crypto';
import { identifyEndpoint, listShippedReleases, readShippedOperations } from '@snoop/snoopdb';
import type { GateEndpoint } from '../../facts.ts';

type Identified = Pick<GateEndpoint, 'method' | 'path'>;

/** Finds the shipped release that has the same endpoints as a document. */
export interface ShippedReleases {
  /** Oldest first. */
  readonly releases: readonly string[];
  /** The release with these endpoints by method and path; null: none. */
  findMatch(endpoints: readonly Identified[]): string | null;
}

/** Reads the endpoints of all shipped releases. */
export async function readShippedReleases(): Promise<ShippedReleases> {
  const releases = await listShippedReleases();
  const byDigest = new Map<string, string>();
  for (const release of releases) byDigest.set(digestEndpoints((await readShippedOperations(release)) ?? []), release);
  return { releases, findMatch: (endpoints) => byDigest.get(digestEndpoints(endpoints)) ?? null };
}

function digestEndpoints(endpoints: readonly Identified[]): string {
  const identities = endpoints.map(({ method, path }) => identifyEndpoint(method, path));
  return createHash('sha256').update(identities.sort().join('\n')).digest('hex');
}
