import type { Pool, PoolClient } from 'pg';
import { followBaseline } from '../clusters/live-names.ts';
import { SnoopDbError } from '../errors.ts';
import { readJsonDocument } from '../inputs/document.ts';
import { requireName } from '../inputs/fields.ts';
import type { LoadInput } from '../inputs/input.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockReleasesExclusive } from '../postgres/locks.ts';
import { dropDuplicates, findSharedNames, nameEndpoints } from '../resolver/endpoint-names.ts';
import { isGeneratedName, type Operation, type ReadOperations, readOperations } from '../resolver/openapi-document.ts';
import { applyCalendar } from './calendar.ts';
import { listNotes, type LoadedDocument, recordLoad } from './loaded-document.ts';
import { describeDifference, listResolvedAgain, replaceEndpoints } from './release-endpoints.ts';
import { requireRelease } from './release-in-name.ts';
import { analyzeReleases } from './statistics.ts';

/**
 * Loads the OpenAPI document of a release, which replaces its endpoints. Loaded coverage of the release stays, and must
 * have the same endpoints.
 * @param options.release any spelling; default: from the file's name or URL
 * @throws SnoopDbError `bad_document`, `bad_release`, `unreadable_input`; nothing is changed then
 */
export async function loadOpenapi(
  pool: Pool,
  input: LoadInput,
  options: { release?: string; signal?: AbortSignal } = {},
): Promise<LoadedDocument> {
  const release = requireRelease(input.name, options.release);
  const document = await readJsonDocument(input, options);
  const read = readOperations(document.value, input.name);
  if (read.operations.length === 0) {
    throw new SnoopDbError(
      'bad_document',
      `${input.name} has no operation. Give a swagger.json of a Kubernetes release.`,
    );
  }
  const operations = dropDuplicates(nameEndpoints(read.operations));
  for (const { endpoint, path } of operations) {
    requireName(endpoint, `${input.name}, ${path.slice(0, 200)}: the operation's name`);
  }
  const sharedNames = findSharedNames(read.operations, operations);
  return withTransaction(pool, async (client) => {
    await client.query(lockReleasesExclusive());
    await checkSameEndpoints(client, release, input.name, { operations, sharedNames });
    await client.query(
      `insert into public.release_data (release, origin, shared_names) values ($1, $2, $3)
       on conflict (release) do update set origin = excluded.origin, has_document = true, digest = null,
         shared_names = excluded.shared_names, for_questions = false, loaded_at = now()`,
      [release, input.name, sharedNames],
    );
    const again = await replaceEndpoints(client, release, input.name, operations);
    await applyCalendar(client);
    await followBaseline(client);
    await analyzeReleases(client);
    const loaded: LoadedDocument = {
      what: 'openapi',
      name: input.name,
      release,
      read: read.operations.length + read.unreadable,
      stored: operations.length,
      notes: listNotes([...listOddities(read, operations), ...listResolvedAgain(again)]),
    };
    await recordLoad(client, document, loaded);
    options.signal?.throwIfAborted();
    return loaded;
  });
}

function listOddities(read: ReadOperations, named: readonly Operation[]): [number, string][] {
  const madeNames = named.filter(({ endpoint }) => isGeneratedName(endpoint)).length;
  return [
    [read.withoutId, 'operations without an operationId, named by method and path'],
    [madeNames - read.withoutId, 'operations that share their operationId, named by method and path'],
    [read.operations.length - named.length, 'operations with the method and path of another one, skipped'],
    [read.severalTags, 'operations with several tags, in the category of the first'],
    [read.unreadable, 'paths or operations that are not objects, and paths that are too long, skipped'],
    [read.withoutTag, 'operations without a tag, in a category from their path'],
  ];
}

async function checkSameEndpoints(
  client: PoolClient,
  release: string,
  name: string,
  { operations, sharedNames }: { operations: readonly Operation[]; sharedNames: readonly string[] },
): Promise<void> {
  const found = await client.query<{ endpoint: string }>(
    'select endpoint from public.published_level where release = $1',
    [release],
  );
  if (found.rows.length === 0) return;
  const difference = describeDifference(
    operations.filter((operation) => !operation.deprecated).map((operation) => operation.endpoint),
    found.rows.map((row) => row.endpoint),
    sharedNames,
  );
  if (difference === null) return;
  throw new SnoopDbError(
    'bad_document',
    `The endpoints of ${name} differ from those of the coverage that is loaded for ${release}: ${difference}. Nothing was changed. Give the document of ${release}, or load other coverage first: snoop load baseline --url FILE.`,
  );
}
