import type { TicketClaims } from './claims.ts';
import { count, formatName } from './blocks.ts';
import type { TicketEvidence } from './evidence.ts';
import { nameResource } from './title.ts';
import { formatQuery } from './sql-result.ts';

/** The query that found the endpoints, and its result at that time. */
export function writeQuery(evidence: TicketEvidence, claims: TicketClaims, maxRows: number): string {
  const { query } = evidence;
  const rows = query.rows.map(({ endpoint, path, kind }) => [endpoint, path, kind]);
  const shown = rows.slice(0, maxRows);
  const cut = rows.length - shown.length;
  return [
    '# Identifying an untested feature Using APISnoop',
    describe(evidence, claims),
    formatQuery(query.sql, { columns: ['endpoint', 'path', 'kind'], rows: shown }, cut),
  ].join('\n\n');
}

function describe(evidence: TicketEvidence, claims: TicketClaims): string {
  const { release, rows } = evidence.query;
  const resource = formatName(nameResource(evidence, claims));
  const of = `Kubernetes ${formatName(release)}`;
  if (rows.length === 0) return `According to this APISnoop query, no ${resource} endpoint of ${of} is left untested.`;
  const verb = rows.length === 1 ? 'is' : 'are';
  const remaining = `${count(rows.length, `${resource} endpoint`)} of ${of}`;
  return `According to this APISnoop query, there ${verb} still ${remaining} which ${verb} untested.`;
}
