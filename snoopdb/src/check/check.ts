import type { Pool, PoolClient } from 'pg';
import { findWrongNames } from '../clusters/live-names.ts';
import { hitClassSql } from '../hits/recount-quota.ts';
import { transact, withClient } from '../postgres/database.ts';
import { readSchemaVersion, schemaVersion } from '../postgres/migrations.ts';
import { readQuerySql } from '../postgres/query-file.ts';
import { findSchemaDrift } from './schema-drift.ts';

/** A difference between the database and what it should contain. */
export interface Difference {
  kind: 'name' | 'missing hit' | 'unproven hit' | 'evidence' | 'tested' | 'quota' | 'schema';
  /** The row or object, for display. */
  what: string;
  /** null: missing. */
  found: string | null;
  /** null: should not exist. */
  wanted: string | null;
}

export interface DatabaseCheck {
  differences: Difference[];
  /** Tables, indexes and functions that do not belong to SnoopDB. */
  others: string[];
  /** Why the schema could not be compared; null: it was compared. */
  schemaNotCompared: string | null;
}

export interface HitRow {
  source: string;
  release: string | null;
  endpoint: string;
  useragent: string;
  test: string | null;
}

/**
 * Checks the consistency of the database: hits and evidence of settled runs against events, derived tables against hits, and
 * the schema against the migrations. Changes nothing. Reads all events, which may take long.
 */
export async function checkDatabase(pool: Pool): Promise<DatabaseCheck> {
  const version = await readSchemaVersion(pool);
  if (version !== schemaVersion) {
    const difference: Difference = {
      kind: 'schema',
      what: 'version of the schema',
      found: String(version),
      wanted: String(schemaVersion),
    };
    return { differences: [difference], others: [], schemaNotCompared: null };
  }
  const drift = await findSchemaDrift(pool);
  // Queries need all objects of the schema.
  const isWhole = drift.differences.every(({ found }) => found !== null);
  const differences = isWhole ? await findWrongContents(pool) : [];
  return {
    differences: [...drift.differences.map((one): Difference => ({ kind: 'schema', ...one })), ...differences],
    others: drift.others,
    schemaNotCompared: drift.notCompared,
  };
}

/** Finds inconsistencies of the stored data; the schema must be that of this program. */
export function findWrongContents(pool: Pool): Promise<Difference[]> {
  return withClient(pool, (client) => transact(client, () => compareContents(client)));
}

async function compareContents(client: PoolClient): Promise<Difference[]> {
  // All queries use the same snapshot.
  await client.query('set transaction isolation level repeatable read, read only');
  const differences = (await findWrongNames(client)).map(({ source, before, after }): Difference => {
    const where = source === null ? 'sources without a document' : `source ${source}`;
    return { kind: 'name', what: `endpoints of live use: ${before} (${where})`, found: before, wanted: after };
  });
  for (const table of ['live', 'loaded']) {
    const name = table === 'live' ? 'testing.endpoint_hit' : 'public.endpoint_hit';
    const missing = await client.query<HitRow>(readQuerySql(`missing-${table}-hits`));
    const unproven = await client.query<HitRow>(readQuerySql(`unproven-${table}-hits`));
    for (const row of missing.rows) {
      differences.push({
        kind: 'missing hit',
        what: `${name}: ${describeHit(row)}`,
        found: null,
        wanted: 'a hit: events prove it',
      });
    }
    for (const row of unproven.rows) {
      differences.push({ kind: 'unproven hit', what: `${name}: ${describeHit(row)}`, found: 'a hit', wanted: null });
    }
  }
  const tested = await client.query<{ release: string; endpoint: string; found: string; wanted: string }>(
    readQuerySql('wrong-tested'),
  );
  for (const { release, endpoint, found, wanted } of tested.rows) {
    differences.push({ kind: 'tested', what: `public.endpoint_tested: ${endpoint} of ${release}`, found, wanted });
  }
  return [...differences, ...(await compareEvidence(client)), ...(await compareQuota(client))];
}

async function compareEvidence(client: PoolClient): Promise<Difference[]> {
  const found = await client.query<{ run: string; audit_id: string; stage: string; is_kept: boolean }>(
    readQuerySql('wrong-evidence'),
  );
  return found.rows.map(({ run, audit_id, stage, is_kept }) => ({
    kind: 'evidence',
    what: `testing.run_evidence: ${stage} of ${audit_id} in run ${run}`,
    found: is_kept ? 'a row that no event proves' : null,
    wanted: is_kept ? null : 'a row: an event proves it',
  }));
}

function describeHit({ source, release, endpoint, useragent, test }: HitRow): string {
  return [
    endpoint,
    `by ${useragent === '' ? 'an agent without a name' : useragent}`,
    ...(test === null ? [] : [`-- ${test}`]),
    `(source ${source}${release === null ? '' : `, release ${release}`})`,
  ].join(' ');
}

async function compareQuota(client: PoolClient): Promise<Difference[]> {
  const found = await client.query<{ source: string; class: string; found: string | null; wanted: string | null }>(
    `with counted as (select source, ${hitClassSql} as class, count(*) as hits from testing.endpoint_hit group by 1, 2)
     select source, class, quota.hits as found, counted.hits as wanted
       from counted full join testing.hit_quota as quota using (source, class)
      where coalesce(quota.hits, 0) <> coalesce(counted.hits, 0)
      order by source, class`,
  );
  return found.rows.map(({ source, class: name, found: has, wanted }) => ({
    kind: 'quota',
    what: `testing.hit_quota: ${name} hits of ${source}`,
    found: has ?? '0',
    wanted: wanted ?? '0',
  }));
}
