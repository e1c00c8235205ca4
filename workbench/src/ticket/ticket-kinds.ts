import type { EndpointHit } from '@snoop/snoopdb';
import { shorten } from './blocks.ts';
import type { TicketClaims } from './claims.ts';
import type { TicketEvidence } from './evidence.ts';
import { describeKinds, listKinds, type TicketKind } from './kinds.ts';

/** GitHub's limit of a title is 256 characters. */
const maxNameCharacters = 120;
const maxQueriedKinds = 3;

/** What the ticket raises; if it raises nothing, what passed tests hit. */
export function listTicketHits({ runs, counted, raised }: TicketClaims): readonly EndpointHit[] {
  if (counted.length > 0) return counted;
  if (raised.length > 0) return raised.flatMap(({ endpoints }) => endpoints);
  return runs.flatMap(({ passed }) => passed.endpoints.filter(({ hits }) => hits > 0));
}

/** The kinds of {@link listTicketHits}, else of the query. */
export function listTicketKinds({ query }: Pick<TicketEvidence, 'query'>, claims: TicketClaims): TicketKind[] {
  const kinds = listKinds(
    listTicketHits(claims),
    claims.runs.flatMap(({ coverage }) => coverage.endpoints),
  );
  if (kinds.length > 0) return kinds;
  const queried = listKinds(query.rows);
  // The query of an outline that names no kind returns many.
  return queried.length > maxQueriedKinds ? [] : queried;
}

/** Names the kinds of a ticket, else its tests. */
export function nameResource(evidence: TicketEvidence, claims: TicketClaims): string {
  const tests = new Set(
    evidence.runs.flatMap((run) => run.tests.flatMap(({ name, state }) => (state === 'skipped' ? [] : [name]))),
  );
  const name = describeKinds(listTicketKinds(evidence, claims)) || [...tests].join(', ') || 'API';
  return shorten(name, maxNameCharacters);
}
