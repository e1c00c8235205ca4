import type { Level } from '../rules/level.ts';
import type { EndpointRow } from './run-rows.ts';
import type { SeenRequest } from './seen-request.ts';
import { addOutcome, findBestOutcome, type OutcomeCounts, type TryOutcome } from './try-outcome.ts';

/** An endpoint that requests resolved to. */
export interface EndpointHit {
  endpoint: string;
  /** null: in neither the baseline nor the cluster's document. */
  level: Level | null;
  kind: string | null;
  path: string | null;
  /** Number of successful requests, without dry runs. */
  hits: number;
  /** Outcomes of the tests that sent them. */
  hitsFrom: OutcomeCounts;
  /** Number of requests by status code; `none`: no event has a code. */
  answers: Record<string, number>;
  /** Whether an e2e test of the baseline hits it. */
  e2e: boolean;
  conformance: boolean;
  /** Stable, not deprecated, in the baseline, not on the list of ineligible endpoints. */
  eligible: boolean;
  ineligible: { reason: string; link: string } | null;
  inBaseline: boolean;
  deprecated: boolean;
  /** Whether the coverage of the baseline cannot tell if tests hit it; `e2e` and `conformance` are false then. */
  unknown: boolean;
  /** In the baseline, not deprecated, not unknown, not hit by an e2e test, and hit in this run. */
  untestedUntilNow: boolean;
  /** Eligible, not unknown, not hit by a conformance test, and hit in this run. */
  newToConformance: boolean;
  /** What the events leave open, for example `GET or HEAD`. */
  ambiguous: string | null;
}

/** Sums up requests by endpoint, sorted by name. Requests that resolved to none are left out. */
export function describeHits(
  seen: readonly SeenRequest[],
  known: ReadonlyMap<string, EndpointRow>,
  outcomeOf: (seen: SeenRequest) => TryOutcome,
): EndpointHit[] {
  const hits = new Map<string, EndpointHit>();
  for (const one of seen) {
    const { endpoint, code, isHit, ambiguous } = one;
    if (endpoint === null) continue;
    let hit = hits.get(endpoint);
    if (!hit) {
      hit = describeEndpoint(endpoint, known.get(endpoint));
      hits.set(endpoint, hit);
    }
    const answer = code === null ? 'none' : String(code);
    hit.answers[answer] = (hit.answers[answer] ?? 0) + 1;
    if (isHit) {
      hit.hits += 1;
      addOutcome(hit.hitsFrom, outcomeOf(one));
    }
    hit.untestedUntilNow = hit.inBaseline && !hit.deprecated && !hit.unknown && !hit.e2e && hit.hits > 0;
    hit.newToConformance = hit.eligible && !hit.unknown && !hit.conformance && hit.hits > 0;
    hit.ambiguous ??= ambiguous;
  }
  return [...hits.values()].sort((a, b) => (a.endpoint < b.endpoint ? -1 : 1));
}

/** An endpoint without hits. */
export function describeEndpoint(endpoint: string, row: EndpointRow | undefined): EndpointHit {
  const ineligible = row?.reason != null && row.link !== null ? { reason: row.reason, link: row.link } : null;
  return {
    endpoint,
    level: row?.level ?? null,
    kind: row?.kind ?? null,
    path: row?.path ?? null,
    hits: 0,
    hitsFrom: {},
    answers: {},
    e2e: row?.e2e ?? false,
    conformance: row?.conformance ?? false,
    eligible: row?.eligible ?? false,
    ineligible,
    inBaseline: row?.inBaseline ?? false,
    deprecated: row?.deprecated ?? false,
    unknown: row?.unknown ?? false,
    untestedUntilNow: false,
    newToConformance: false,
    ambiguous: null,
  };
}

/** Lists the endpoints that were hit, each with the best outcome of its tests. */
export function listHit(
  hits: readonly EndpointHit[],
  known: ReadonlyMap<string, EndpointRow>,
): [EndpointRow, TryOutcome][] {
  return hits.flatMap(({ endpoint, hitsFrom }) => {
    const best = findBestOutcome(hitsFrom);
    const row = known.get(endpoint);
    return best === null || row === undefined ? [] : [[row, best]];
  });
}
