import type { EndpointHit } from '@snoop/snoopdb';
import type { TicketRun } from '../claims.ts';
import type { WrittenTicket } from './linted-ticket.ts';

/** Explains a row that is in a result of the ticket but not in that of the evidence; null: it names no endpoint. */
export function explainRow(
  expected: readonly string[],
  found: readonly string[],
  { claims }: WrittenTicket,
): { readonly rule: string; readonly message: string } | null {
  const known = new Map(expected.map((row) => [readEndpoint(row), row]));
  for (const row of found) {
    const endpoint = readEndpoint(row);
    if (endpoint === null) continue;
    const hits = claims.runs.flatMap(({ coverage }) => coverage.endpoints.filter((hit) => hit.endpoint === endpoint));
    const before = known.get(endpoint);
    const explained =
      before === undefined ? explainNew(endpoint, hits, claims.runs) : explainChanged(endpoint, hits, before, row);
    if (explained) return explained;
  }
  return null;
}

function readEndpoint(row: string): string | null {
  return /^\s*([A-Za-z]\w{5,})\s*\|/.exec(row)?.[1] ?? null;
}

function explainNew(
  endpoint: string,
  hits: readonly EndpointHit[],
  runs: readonly TicketRun[],
): { rule: string; message: string } | null {
  const [hit] = hits;
  if (!hit) return { rule: 'not-hit', message: `${endpoint} is in the result, but the runs sent no request to it.` };
  if (hits.some(({ hits: number }) => number > 0)) return explainFlags(endpoint, hits);
  const isDry = runs.some(({ coverage }) =>
    coverage.unsuccessful.some((note) => note.endpoint === endpoint && (note.code ?? 0) < 300),
  );
  if (isDry) return { rule: 'dry-run', message: `${endpoint} was requested as a dry run only, which hits nothing.` };
  const answers = Object.keys(hit.answers).join(', ');
  return {
    rule: 'failed-call',
    message: `${endpoint} was never requested with success (it answered ${answers}), so it is not hit.`,
  };
}

/** A row whose endpoint became eligible by hand. */
function explainChanged(
  endpoint: string,
  hits: readonly EndpointHit[],
  before: string,
  row: string,
): { rule: string; message: string } | null {
  const [old, now] = [before, row].map((text) => text.split('|').map((cell) => cell.trim()));
  return now?.some((cell, at) => cell === 't' && old?.[at] === 'f') ? explainFlags(endpoint, hits) : null;
}

function explainFlags(endpoint: string, [hit]: readonly EndpointHit[]): { rule: string; message: string } | null {
  if (hit?.deprecated) return { rule: 'deprecated-endpoint', message: `${endpoint} is deprecated and does not count.` };
  if (hit && !hit.eligible) {
    const why = hit.ineligible ? `: ${hit.ineligible.reason}` : '';
    return { rule: 'ineligible-endpoint', message: `${endpoint} is not eligible and does not count${why}.` };
  }
  return null;
}
