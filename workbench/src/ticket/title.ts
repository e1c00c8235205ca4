import { count } from './blocks.ts';
import type { RaisedGroup, TicketClaims } from './claims.ts';
import type { TicketEvidence } from './evidence.ts';
import { nameResource } from './ticket-kinds.ts';

/** The title of the issue: what the tests raise. */
export function writeTitle(evidence: TicketEvidence, claims: TicketClaims): string {
  const { counted, raised } = claims;
  const resource = nameResource(evidence, claims);
  if (evidence.outline_only) return `Write ${resource} test+promote - outline`;
  if (counted.length > 0) return `Write ${resource} test+promote - +${counted.length} endpoint coverage`;
  const parts = [...new Set(raised.map(({ what }) => what))].map((what) => {
    const groups = raised.filter((group) => group.what === what);
    return describeRaised(
      what,
      groups.reduce((sum, { endpoints }) => sum + endpoints.length, 0),
    );
  });
  return `Write ${resource} test - ${parts.join(', ') || 'no change in endpoint coverage'}`;
}

function describeRaised(what: RaisedGroup['what'], number: number): string {
  if (what === 'ineligible') return `+${count(number, 'stable endpoint')} not eligible for conformance`;
  if (what === 'beta' || what === 'alpha') return `+${count(number, `${what} endpoint`)}`;
  return `${count(number, 'endpoint')} ${what === 'other API' ? 'outside Kubernetes' : 'not in the baseline'}`;
}
