import { formatName } from './blocks.ts';
import type { TicketClaims } from './claims.ts';
import type { TicketEvidence } from './evidence.ts';
import { findMissingTests } from './query.ts';
import { formatQuery } from './sql-result.ts';
import { nameResource } from './ticket-kinds.ts';

/** The query that found the endpoints, and its result at that time. */
export function writeQuery(evidence: TicketEvidence, claims: TicketClaims, maxRows: number): string {
  const { query } = evidence;
  const rows = query.rows.map(({ endpoint, path, kind }) => [endpoint, path, kind]);
  return [
    '# Identifying an untested feature Using APISnoop',
    describe(evidence, claims),
    formatQuery(query.sql, { columns: ['endpoint', 'path', 'kind'], rows }, maxRows),
  ].join('\n\n');
}

function describe(evidence: TicketEvidence, claims: TicketClaims): string {
  const { release, rows } = evidence.query;
  const kubernetes = `Kubernetes ${formatName(release)}`;
  const kinds = formatName(nameResource(evidence, claims));
  if (rows.length === 0 && claims.counted.length === 0 && claims.raised.some(({ what }) => what === 'other API')) {
    return `${kubernetes} does not have the endpoints of ${kinds}, so this APISnoop query finds none:`;
  }
  const missing = findMissingTests(claims);
  if (rows.length === 0) {
    return `According to this APISnoop query, ${missing} tests already hit every eligible endpoint of ${kinds} in ${kubernetes}:`;
  }
  const [verb, noun] = rows.length === 1 ? ['is', 'endpoint'] : ['are', 'endpoints'];
  const remaining = `${rows.length} remaining ${kinds} ${noun} of ${kubernetes}`;
  return `According to this APISnoop query, there ${verb} still ${remaining} which ${verb} untested: no ${missing} test hits ${rows.length === 1 ? 'it' : 'them'}.`;
}
