import type { Pool } from '@snoop/snoopdb';
import type { TicketClaims } from './claims.ts';
import type { TicketQuery } from './evidence.ts';
import { quoteLiteral } from './sql-result.ts';

/** More would not help a reader. */
const maxKinds = 50;
const maxApis = 5;
/** For a query without kinds. */
const maxRows = 100;

/** The tests that a query misses. */
export type MissingTests = 'conformance' | 'e2e';

/** What a ticket looks for. */
export interface TicketSearch {
  /** The baseline of the runs. */
  readonly release: string;
  /** Empty: all. */
  readonly kinds: readonly string[];
  /** The beginnings of paths, such as `/apis/apps/v1/`; empty: all. */
  readonly apis: readonly string[];
  readonly missing: MissingTests;
}

/**
 * Runs the query that finds the endpoints of a ticket: those that no conformance test hits; if the ticket raises only
 * others, those that no e2e test hits. It names the release, so that it returns the same for good.
 */
export async function runTicketQuery(pool: Pool, search: TicketSearch): Promise<TicketQuery> {
  const sql = formatSearch(search);
  const { rows } = await pool.query<TicketQuery['rows'][number]>(sql);
  return { sql, release: search.release, rows };
}

function formatSearch({ release, kinds, apis, missing }: TicketSearch): string {
  const names = kinds.slice(0, maxKinds).map(quoteLiteral).join(', ');
  const paths = apis.length > maxApis ? [] : apis.map((api) => `path like ${quoteLiteral(`${api}%`)}`);
  return [
    'select endpoint, path, kind',
    '  from public.endpoint_coverage',
    '  join conformance.endpoint_eligibility using (release, endpoint)',
    ` where release = ${quoteLiteral(release)}`,
    missing === 'conformance' ? '   and eligible and not conf_tested' : '   and not tested',
    ...(paths.length === 0 ? [] : [`   and ${paths.length === 1 ? paths[0] : `(${paths.join(' or ')})`}`]),
    ...(names === '' ? [] : [`   and kind in (${names})`]),
    ` order by kind collate "C", endpoint collate "C"${names === '' ? ` limit ${maxRows}` : ''};`,
  ].join('\n');
}

const literal = "'(?:[^'\\\\]|'')*'";
const path = `path like ${literal}`;
/** What {@link formatSearch} writes after the release. */
const rest = new RegExp(
  [
    '^   and (?:eligible and not conf_tested|not tested)\\n',
    `(?:   and (?:${path}|\\(${path}(?: or ${path})*\\))\\n)?`,
    `(?:   and kind in \\(${literal}(?:, ${literal})*\\)\\n)?`,
    ' order by kind collate "C", endpoint collate "C"(?: limit \\d+)?;$',
  ].join(''),
);

/** Whether a query of evidence is of the form that {@link runTicketQuery} writes: one statement about its release. */
export function isTicketQuery({ sql, release }: Pick<TicketQuery, 'sql' | 'release'>): boolean {
  const head = formatSearch({ release, kinds: [], apis: [], missing: 'e2e' }).split('\n').slice(0, 4).join('\n');
  // A release of two lines would open a literal.
  return /^[\w.+-]+$/.test(release) && sql.startsWith(`${head}\n`) && rest.test(sql.slice(head.length + 1));
}

/** Which tests miss what a ticket is about. */
export function findMissingTests({ counted, raised }: TicketClaims): MissingTests {
  return counted.length === 0 && raised.length > 0 ? 'e2e' : 'conformance';
}
