import {
  findInputs,
  findShippedFirstReleases,
  loadConformanceTests,
  loadCoverage,
  loadHistory,
  loadIneligible,
  type LoadInput,
  loadOpenapi,
  loadPending,
} from '@snoop/snoopdb';
import { createTestDatabase, type TestDatabase } from '@snoop/snoopdb/test-database';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareDocuments } from '../../src/gate/comparison.ts';
import type { GateFacts } from '../../src/gate/facts.ts';
import { selectEndpoints } from '../../src/gate/judged-endpoints.ts';
import { defaultRules, judgeGate } from '../../src/gate/judge.ts';
import { folder, isThere, readHits, readStep } from './published-facts.ts';

const minors = [31, 32, 33, 34, 35, 36, 37];
const lists = (minor: number): string => (minor === 37 ? '-v1.37' : '');
// SnoopDB refuses the coverage of 1.37.0 beside its document, since it is of June, in development.
const covered = minors.filter((minor) => minor < 37 && existsSync(new URL(`coverage/1.${minor}.0.json.gz`, folder)));

/** Of these the published levels, which win in SnoopDB, differ from the rule, and so do the first releases. */
const groupRoots = ['getInternalApiserverAPIGroup', 'getResourceAPIGroup', 'getStoragemigrationAPIGroup'];

/** What the views have for an endpoint of a release. */
interface Row {
  readonly endpoint: string;
  readonly level: string;
  readonly deprecated: boolean;
  readonly eligible: boolean;
  readonly first: string | null;
  readonly confTested: boolean;
}

let database: TestDatabase;
beforeAll(async () => {
  if (!isThere) return;
  database = await createTestDatabase();
  const { pool } = database;
  for (const minor of [30, ...minors]) {
    const release = { release: `1.${minor}.0` };
    await loadOpenapi(pool, await findInput(`openapi/swagger-1.${minor}.json.gz`), release);
    await loadIneligible(pool, await findInput(`conformance/ineligible_endpoints${lists(minor)}.yaml`), release);
    await loadPending(pool, await findInput(`conformance/pending_eligible_endpoints${lists(minor)}.yaml`), release);
    const tests = `conformance/conformance-v1.${minor}.yaml`;
    if (existsSync(new URL(tests, folder))) await loadConformanceTests(pool, await findInput(tests), release);
  }
  await loadHistory(pool);
}, 120_000);
afterAll(() => database?.drop());

async function findInput(path: string): Promise<LoadInput> {
  const [input] = await findInputs(fileURLToPath(new URL(path, folder)), { cwd: '/', stdin: process.stdin });
  if (input === undefined) throw new Error(`There is no ${path}.`);
  return input;
}

/** The same by the functions of the gate. */
function readRows(facts: GateFacts, firstReleases: ReadonlyMap<string, string>): Row[] {
  const { endpoints } = selectEndpoints(facts, defaultRules, compareDocuments(facts, defaultRules));
  const eligible = new Set(endpoints.map(({ current }) => current.endpoint));
  const hit = new Set(
    facts.hits.flatMap((hits) => hits.endpoints).flatMap((one) => (one.confTested ? one.endpoint : [])),
  );
  return facts.current.endpoints.map(({ endpoint, level, deprecated }) => ({
    endpoint,
    level,
    deprecated,
    eligible: eligible.has(endpoint),
    first: firstReleases.get(endpoint) ?? null,
    confTested: hit.has(endpoint),
  }));
}

async function askRows(minor: number): Promise<Row[]> {
  const found = await database.pool.query<Row>(
    `select api.endpoint, api.level, api.deprecated, eligibility.eligible, first.release as first,
            coalesce(coverage.conf_tested, false) as "confTested"
       from public.open_api as api
       join conformance.endpoint_eligibility as eligibility
         on eligibility.release = api.release and eligibility.endpoint = api.endpoint
       left join conformance.first_stable_release as first on first.endpoint = api.endpoint
       left join public.endpoint_coverage as coverage
         on coverage.release = api.release and coverage.endpoint = api.endpoint
      where api.release = $1`,
    [`1.${minor}.0`],
  );
  return found.rows;
}

const isRoot = ({ endpoint }: { readonly endpoint: string }): boolean => groupRoots.includes(endpoint);
const dropRoots = <T extends { readonly endpoint: string }>(rows: readonly T[]): T[] =>
  sortRows(rows.filter((row) => !isRoot(row)));
const sortRows = <T extends { readonly endpoint: string }>(rows: readonly T[]): T[] =>
  [...rows].sort((one, other) => (one.endpoint < other.endpoint ? -1 : 1));

describe.skipIf(!isThere)('the gate and the views of SnoopDB find the same', () => {
  let firstReleases: ReadonlyMap<string, string>;
  beforeAll(async () => {
    const loaded = [30, ...minors].map((minor) => ({
      release: `1.${minor}.0`,
      endpoints: minor === 30 ? readStep(31).previous.endpoints : readStep(minor).current.endpoints,
    }));
    firstReleases = await findShippedFirstReleases(loaded);
  });

  test.each(minors)('level, deprecation, eligibility and first release of each endpoint of 1.%i', async (minor) => {
    expect(dropRoots(await askRows(minor))).toEqual(dropRoots(readRows(readStep(minor), firstReleases)));
    // Before coverage is loaded, only the first releases of the shipped data differ.
    const dropFirst = (rows: readonly Row[]): Omit<Row, 'first'>[] =>
      rows.filter(isRoot).map(({ first: _, ...row }) => row);
    expect(dropFirst(sortRows(await askRows(minor)))).toEqual(
      dropFirst(sortRows(readRows(readStep(minor), firstReleases))),
    );
  });

  test.each(covered)('conformance tested and untested endpoints of 1.%i', async (minor) => {
    await loadCoverage(database.pool, await findInput(`coverage/1.${minor}.0.json.gz`));
    const facts = readStep(minor);
    const judged = { ...facts, hits: [readHits(minor, facts.current)] };
    const views = dropRoots(await askRows(minor));
    expect(views).toEqual(dropRoots(readRows(judged, firstReleases)));
    const answer = judgeGate(judged, { ...defaultRules, debt: true, partial: true, maxAgeMs: null });
    expect(answer.doubts).toEqual([]);
    const untested = dropRoots([...answer.gaps, ...(answer.debt ?? []), ...answer.pending]);
    expect(untested.map(({ endpoint }) => endpoint)).toEqual(
      views.filter((row) => row.eligible && !row.confTested).map(({ endpoint }) => endpoint),
    );
  });
});
