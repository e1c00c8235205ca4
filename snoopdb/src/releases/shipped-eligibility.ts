import type { Level } from '../rules/level.ts';
import { readHistory } from './shipped-history.ts';
import { readShippedRelease } from './shipped-snapshot.ts';

/** What the shipped data of a release says about an endpoint. */
export interface ShippedEndpoint {
  readonly level: Level;
  readonly deprecated: boolean;
  /** Why a list has it as ineligible; null: no list has it. */
  readonly ineligible: { readonly reason: string; readonly link: string } | null;
  readonly tested: boolean;
  readonly confTested: boolean;
}

/**
 * Reads the endpoints of a shipped release by name, without a database; null if it does not ship.
 * @param release as X.Y.Z
 */
export async function readShippedEndpoints(release: string): Promise<Map<string, ShippedEndpoint> | null> {
  const snapshot = await readShippedRelease(release);
  if (snapshot === null) return null;
  const { endpoints, ineligible } = snapshot;
  const listed = new Map(ineligible.map(({ endpoint, reason, link }) => [endpoint, { reason, link }]));
  return new Map(
    endpoints.map(({ endpoint, level, deprecated, tested, confTested }) => [
      endpoint,
      { level, deprecated, ineligible: listed.get(endpoint) ?? null, tested, confTested },
    ]),
  );
}

/** The published releases and the one in development, oldest first, without a database. */
export async function listCalendarReleases(): Promise<string[]> {
  const { calendar } = await readHistory();
  return calendar.map(([release]) => release);
}
