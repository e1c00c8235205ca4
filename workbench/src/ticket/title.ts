import type { RaisedGroup, TicketClaims } from './claims.ts';
import { count, shorten } from './blocks.ts';
import { describeKinds, listKinds } from './kinds.ts';
import type { TicketEvidence } from './evidence.ts';

/** GitHub's limit of a title is 256 characters. */
const maxNameCharacters = 120;

/** The title of the issue: what the tests raise. */
export function writeTitle(evidence: TicketEvidence, claims: TicketClaims): string {
  const { counted, raised } = claims;
  if (evidence.outline_only) return `Write ${nameResource(evidence, claims)} test+promote - outline`;
  if (counted.length > 0) {
    return `Write ${nameResource(evidence, claims)} test+promote - +${counted.length} endpoint coverage`;
  }
  const parts = [...new Set(raised.map(({ what }) => what))].map((what) => {
    const number = raised
      .filter((group) => group.what === what)
      .reduce((sum, { endpoints }) => sum + endpoints.length, 0);
    return describeRaised(what, number);
  });
  return `Write ${nameResource(evidence, claims)} test - ${parts.join(', ') || 'no change in endpoint coverage'}`;
}

function describeRaised(what: RaisedGroup['what'], number: number): string {
  if (what === 'ineligible') return `+${count(number, 'stable endpoint')} not eligible for conformance`;
  if (what === 'beta' || what === 'alpha') return `+${count(number, `${what} endpoint`)}`;
  return `${count(number, 'endpoint')} ${what === 'other API' ? 'of an own API' : 'not in the baseline'}`;
}

/** The kinds of what the ticket raises, else of the query, else the names of the tests. */
export function nameResource({ query, runs }: TicketEvidence, { counted, raised }: TicketClaims): string {
  const endpoints = counted.length > 0 ? counted : raised.flatMap((group) => group.endpoints);
  const kinds = describeKinds(listKinds(endpoints.length > 0 ? endpoints : query.rows));
  const name = kinds || [...new Set(runs.flatMap(({ tests }) => tests.map((test) => test.name)))].join(', ') || 'a';
  return shorten(name, maxNameCharacters);
}
