import { isConformanceTest } from '../events/test-agent.ts';
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
  /** Why it is unknown whether tests hit it; null: it is known. */
  readonly unknown: string | null;
}

/**
 * Reads the endpoints of a shipped release by name, without a database; null if it does not ship.
 * @param release as X.Y.Z
 */
export async function readShippedEndpoints(release: string): Promise<Map<string, ShippedEndpoint> | null> {
  const snapshot = await readShippedRelease(release);
  if (snapshot === null) return null;
  const { endpoints, ineligible, tests, auditRuns = [], unknown = [] } = snapshot;
  const reasons = new Map(unknown.map(({ endpoint, reason }) => [endpoint, reason]));
  const hits = new Map<string, boolean>();
  for (const hit of auditRuns.flatMap((run) => run.hits)) {
    const isConformance = hit.tests.some((number) => isConformanceTest(tests[number] ?? ''));
    hits.set(hit.endpoint, isConformance || hits.get(hit.endpoint) === true);
  }
  const listed = new Map(ineligible.map(({ endpoint, reason, link }) => [endpoint, { reason, link }]));
  return new Map(
    endpoints.map(({ endpoint, level, deprecated, tested, confTested }) => [
      endpoint,
      {
        level,
        deprecated,
        ineligible: listed.get(endpoint) ?? null,
        tested: tested || hits.has(endpoint),
        confTested: confTested || hits.get(endpoint) === true,
        unknown: hits.has(endpoint) ? null : (reasons.get(endpoint) ?? null),
      },
    ]),
  );
}

/** The published releases and the one in development, oldest first, without a database. */
export async function listCalendarReleases(): Promise<string[]> {
  const { calendar } = await readHistory();
  return calendar.map(([release]) => release);
}
