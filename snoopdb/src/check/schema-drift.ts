import type { Pool, PoolClient } from 'pg';
import { toError } from '../errors.ts';
import { withClient } from '../postgres/database.ts';
import { withFreshSchema } from '../postgres/migrations.ts';
import { readQuerySql } from '../postgres/query-file.ts';

const schemas = ['public', 'conformance', 'testing'];

/** An object of the schema that differs from the migrations. */
export interface SchemaDifference {
  /** The object, for example `column testing.run.author`. */
  what: string;
  /** null: missing. */
  found: string | null;
  /** null: should not exist. */
  wanted: string | null;
}

export interface SchemaDrift {
  differences: SchemaDifference[];
  /** Tables, indexes and functions that do not belong to SnoopDB; they do no harm. */
  others: string[];
  /** Why it could not be compared; null: it was compared. */
  notCompared: string | null;
}

interface SchemaObject {
  kind: string;
  name: string;
  part: string | null;
  definition: string;
}

/**
 * Compares the schema with the result of the migrations on the same server, applied in a transaction that is rolled back.
 * Needs the schemas' owner.
 */
export function findSchemaDrift(pool: Pool): Promise<SchemaDrift> {
  return withClient(pool, async (client) => {
    const found = await describeSchema(client);
    try {
      const wanted = await withFreshSchema(client, schemas, () => describeSchema(client));
      return { ...compare(found, wanted), notCompared: null };
    } catch (error) {
      const lacksRights = error instanceof Error && 'code' in error && error.code === '42501';
      if (!lacksRights) throw error;
      return { differences: [], others: [], notCompared: toError(error).message };
    }
  });
}

async function describeSchema(client: PoolClient): Promise<Map<string, SchemaObject>> {
  // With this search path all names in definitions include their schema.
  await client.query(`set search_path = pg_catalog`);
  try {
    const { rows } = await client.query<SchemaObject>(readQuerySql('schema-description'), [schemas, schemas]);
    return new Map(
      rows.map((thing) => [`${thing.kind} ${thing.name}${thing.part === null ? '' : `.${thing.part}`}`, thing]),
    );
  } finally {
    await client.query('reset search_path');
  }
}

/** Kinds of objects that users may add without affecting SnoopDB. */
const harmless = new Set(['relation', 'index', 'function', 'definition']);

function compare(
  found: ReadonlyMap<string, SchemaObject>,
  wanted: ReadonlyMap<string, SchemaObject>,
): Pick<SchemaDrift, 'differences' | 'others'> {
  const differences: SchemaDifference[] = [];
  const others: string[] = [];
  const isForeign = (thing: SchemaObject): boolean => !wanted.has(`relation ${thing.name}`);
  for (const [what, thing] of wanted) {
    const there = found.get(what);
    // For a missing table its columns are not listed.
    const tableIsGone =
      thing.kind !== 'relation' && wanted.has(`relation ${thing.name}`) && !found.has(`relation ${thing.name}`);
    if (tableIsGone || there?.definition === thing.definition) continue;
    differences.push({ what, found: there?.definition ?? null, wanted: thing.definition });
  }
  for (const [what, thing] of found) {
    if (wanted.has(what)) continue;
    if (harmless.has(thing.kind)) {
      if (thing.kind !== 'definition') others.push(what);
    } else if (!isForeign(thing)) differences.push({ what, found: thing.definition, wanted: null });
  }
  const byName = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
  return { differences: differences.sort((a, b) => byName(a.what, b.what)), others: others.sort(byName) };
}
