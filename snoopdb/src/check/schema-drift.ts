import type { Pool, PoolClient } from 'pg';
import { toError } from '../errors.ts';
import { withClient } from '../postgres/database.ts';
import { withFreshSchema } from '../postgres/migrations.ts';
import { readQuerySql } from '../postgres/query-file.ts';

const schemas = ['public', 'conformance', 'testing'];

/** A part of the schema that is not as the migrations make it. */
export interface SchemaDifference {
  /** What it is about: `column testing.run.author`. */
  what: string;
  /** null: it is not there. */
  found: string | null;
  /** null: there should be none. */
  wanted: string | null;
}

export interface SchemaDrift {
  differences: SchemaDifference[];
  /** Tables, indexes and the like that are not of this program; they do no harm. */
  others: string[];
  /** Why it could not be compared; null: it was. */
  notCompared: string | null;
}

interface SchemaObject {
  kind: string;
  name: string;
  part: string | null;
  definition: string;
}

/**
 * Compares the schema with what the migrations make on this very server: they are applied once more in a transaction
 * that is rolled back. Needs what applying them needed, and the schemas' owner.
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
  // With an empty path every name in a definition is written with its schema.
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

/** What somebody may add to a database without changing what this program's tables mean. */
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
    // Of a table that is not there its columns need no mention.
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
