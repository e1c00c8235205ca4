import type { Pool } from 'pg';
import { readQuerySql } from '../postgres/query-file.ts';
import type { Level } from '../rules/level.ts';
import { type AskedRelease, findAskedRelease } from './asked-release.ts';

/** Numbers of endpoints that are not deprecated. */
export interface CoverageFigures {
  readonly endpoints: number;
  /** Hit by an e2e test. */
  readonly tested: number;
  /** Hit by a conformance test. */
  readonly confTested: number;
  /** Of these no source of the coverage could see whether tests hit them: neither tested nor untested. */
  readonly unknown: number;
  /** Can have a conformance test; null: no list of ineligible endpoints is loaded. */
  readonly eligible: number | null;
  readonly eligibleTested: number | null;
  readonly eligibleUnknown: number | null;
}

/** Figures of a level and category; null: all levels, or all categories. */
export interface CoverageLine extends CoverageFigures {
  readonly level: Level | null;
  readonly category: string | null;
}

export interface CoverageAnswer {
  readonly release: AskedRelease;
  /** By level (stable, beta, alpha) and category. */
  readonly lines: CoverageLine[];
  /** By level. */
  readonly levels: CoverageLine[];
  readonly total: CoverageFigures;
}

/**
 * Counts the tested, conformance tested and eligible endpoints of a release.
 *
 * @param wanted a release; undefined: the baseline in use
 * @throws SnoopDbError `no_baseline`, `unknown_release`, `no_coverage`, `bad_release`
 */
export async function askCoverage(pool: Pool, wanted?: string): Promise<CoverageAnswer> {
  const release = await findAskedRelease(pool, wanted, 'coverage');
  const found = await pool.query<CoverageLine>(readQuerySql('coverage'), [release.release]);
  const none: CoverageFigures = {
    ...{ endpoints: 0, tested: 0, confTested: 0, unknown: 0 },
    ...{ eligible: null, eligibleTested: null, eligibleUnknown: null },
  };
  const {
    level: _level,
    category: _category,
    ...total
  } = found.rows.find(({ level }) => level === null) ?? {
    level: null,
    category: null,
    ...none,
  };
  return {
    release,
    lines: found.rows.filter(({ level, category }) => level !== null && category !== null),
    levels: found.rows.filter(({ level, category }) => level !== null && category === null),
    total,
  };
}
