import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import type { Level } from '../rules/level.ts';
import { type AskedRelease, findAskedRelease } from './asked-release.ts';
import type { DescribedEndpoint, Eligibility } from './endpoint.ts';

/** Filters for untested endpoints. */
export interface UntestedFilter {
  /** Default: the baseline in use. */
  readonly release?: string | AskedRelease | undefined;
  /** `any`: all levels. */
  readonly level: Level | 'any';
  readonly kind?: string | undefined;
  /** `core` for the group without a name. */
  readonly group?: string | undefined;
  readonly category?: string | undefined;
  /** Leaves out endpoints that cannot have a conformance test. */
  readonly eligibleOnly: boolean;
}

/** An endpoint that is not hit by an e2e test. */
export interface UntestedEndpoint extends Omit<DescribedEndpoint, 'group' | 'deprecated' | 'description'>, Eligibility {
  /** `core` for the group without a name; null for discovery. */
  readonly group: string | null;
}

export interface UntestedAnswer {
  readonly release: AskedRelease;
  readonly endpoints: UntestedEndpoint[];
  /** Endpoints that match the filters and whose coverage is unknown: neither tested nor untested. */
  readonly unknown: readonly { readonly endpoint: string; readonly reason: string }[];
  /** Number of endpoints left out by `eligibleOnly`. */
  readonly notEligible: number;
  /** Number of endpoints that match the filters, tested or not. */
  readonly asked: number;
  /** Of these, the number that can have a conformance test, and that have one. */
  readonly conformance: {
    readonly eligible: number;
    readonly tested: number;
    readonly unknown: number;
    /** Eligible endpoints hit by e2e tests but not by a conformance test. */
    readonly e2eOnly: readonly string[];
  };
  /** Number of untested endpoints at the other levels, with the same filters. */
  readonly otherLevels: readonly { readonly level: Level; readonly untested: number }[];
}

/** Columns of the filters of `snoop untested`. */
const filterColumns = {
  kind: 'k8s_kind',
  group: `case when k8s_group = '' then 'core' else k8s_group end`,
  category: 'category',
} as const;

/**
 * Lists the endpoints of a release that are not hit by an e2e test, from the views public.endpoint_coverage and
 * conformance.endpoint_eligibility.
 *
 * @throws SnoopDbError `no_baseline`, `unknown_release`, `no_coverage`, `bad_release`
 */
export async function askUntested(pool: Pool, filter: UntestedFilter): Promise<UntestedAnswer> {
  const release = await findAskedRelease(pool, filter.release, 'coverage');
  const found = await pool.query<
    UntestedEndpoint & { tested: boolean | null; confTested: boolean | null; unknown: string | null }
  >(readQuerySql('untested'), [release.release, filter.kind ?? null, filter.group ?? null, filter.category ?? null]);
  const untested = found.rows.flatMap(({ tested, confTested: _, unknown, ...endpoint }) =>
    tested || unknown !== null ? [] : [endpoint],
  );
  const isAskedLevel = ({ level }: UntestedEndpoint): boolean => filter.level === 'any' || level === filter.level;
  const mayBeAsked = ({ eligible }: UntestedEndpoint): boolean => !filter.eligibleOnly || eligible !== false;
  const ofLevel = untested.filter(isAskedLevel);
  const endpoints = ofLevel.filter(mayBeAsked);
  const eligible = found.rows.filter((one) => isAskedLevel(one) && one.eligible === true);
  return {
    release,
    endpoints,
    unknown: found.rows.flatMap(({ unknown, ...one }) =>
      unknown !== null && isAskedLevel(one) && mayBeAsked(one) ? [{ endpoint: one.endpoint, reason: unknown }] : [],
    ),
    notEligible: ofLevel.length - endpoints.length,
    conformance: {
      eligible: eligible.length,
      tested: eligible.filter(({ confTested }) => confTested).length,
      unknown: eligible.filter(({ unknown }) => unknown !== null).length,
      e2eOnly: eligible.flatMap(({ endpoint, tested, confTested }) => (tested && !confTested ? [endpoint] : [])),
    },
    asked: found.rows.filter((one) => isAskedLevel(one) && mayBeAsked(one)).length,
    otherLevels: (['stable', 'beta', 'alpha'] as const)
      .filter((level) => filter.level !== 'any' && level !== filter.level)
      .map((level) => ({ level, untested: untested.filter(isListedAt(level)).length })),
  };
}

/** Of stable endpoints, only those that can have a conformance test are listed by default. */
function isListedAt(level: Level): (one: UntestedEndpoint) => boolean {
  return (one) => one.level === level && (level !== 'stable' || one.eligible !== false);
}

/** Lists the kinds, groups or categories of a release, sorted. */
export async function listFilterValues(
  pool: Pool,
  release: string,
  filter: keyof typeof filterColumns,
): Promise<string[]> {
  const column = filterColumns[filter];
  const found = await pool.query<{ value: string }>(
    `select distinct ${column} collate "C" as value from public.open_api
      where release = $1 and ${column} is not null order by value`,
    [release],
  );
  return found.rows.map(({ value }) => value);
}
