import { formatName } from './blocks.ts';
import type { TicketClaims } from './claims.ts';
import type { TicketEvidence } from './evidence.ts';
import { describeKinds } from './kinds.ts';
import { findMissingTests } from './query.ts';
import { formatQuery } from './sql-result.ts';
import { listTicketKinds } from './ticket-kinds.ts';

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
  const kinds = formatName(describeKinds(listTicketKinds(evidence, claims)));
  const missing = findMissingTests(claims);
  if (rows.length === 0) {
    if (isOutsideBaseline(claims))
      return `${kubernetes} has no endpoint of ${kinds}, so this APISnoop query finds none:`;
    const of = kinds === '' ? '' : ` of ${kinds}`;
    return `According to this APISnoop query, ${missing} tests already hit every eligible endpoint${of} in ${kubernetes}:`;
  }
  const isOne = rows.length === 1;
  const endpoints = `${kinds === '' ? '' : `${kinds} `}endpoint${isOne ? '' : 's'}`;
  const verb = isOne ? 'is' : 'are';
  return `According to this APISnoop query, there ${verb} still ${rows.length} remaining ${endpoints} of ${kubernetes} which ${verb} untested: no ${missing} test hits ${isOne ? 'it' : 'them'}.`;
}

/** Whether a ticket raises only endpoints that the baseline does not have. */
function isOutsideBaseline({ counted, raised }: TicketClaims): boolean {
  const outside = raised.filter(({ what }) => what === 'other API' || what === 'not in the baseline');
  return counted.length === 0 && raised.length > 0 && outside.length === raised.length;
}
