import type { Pool, PoolClient } from 'pg';
import { readListDocument } from '../inputs/document.ts';
import { readFields, requireList, requireName } from '../inputs/fields.ts';
import type { LoadInput } from '../inputs/input.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockReleasesExclusive } from '../postgres/locks.ts';
import { countUnknown, findListRelease, type ListedIneligible, replaceIneligible, replacePending } from './lists.ts';
import { listNotes, type LoadedDocument, recordLoad } from './loaded-document.ts';
import { recheckCoverage } from './published-totals.ts';

export interface ListOptions {
  /** Any spelling; default: the baseline in use. */
  release?: string;
  signal?: AbortSignal;
}

/**
 * Loads the list of ineligible endpoints of a release, YAML or JSON. It may be empty.
 * @throws SnoopDbError `bad_document`, `bad_release`, `unreadable_input`; nothing is changed then
 */
export function loadIneligible(pool: Pool, input: LoadInput, options: ListOptions = {}): Promise<LoadedDocument> {
  return loadList(pool, input, options, {
    what: 'ineligible',
    read: readIneligible,
    store: (client, owner, entries) => replaceIneligible(client, { ...owner, own: true }, entries),
  });
}

/**
 * Loads the list of pending endpoints of a release, YAML or JSON. It may be empty.
 * @throws SnoopDbError `bad_document`, `bad_release`, `unreadable_input`; nothing is changed then
 */
export function loadPending(pool: Pool, input: LoadInput, options: ListOptions = {}): Promise<LoadedDocument> {
  return loadList(pool, input, options, {
    what: 'pending',
    read: (value, name) => readPending(value, name).map((endpoint) => ({ endpoint })),
    store: (client, owner, entries) =>
      replacePending(
        client,
        { ...owner, own: true },
        entries.map((one) => one.endpoint),
      ),
  });
}

export function readIneligible(value: unknown, name: string): ListedIneligible[] {
  const wanted = 'the list of ineligible endpoints, each with endpoint, reason and link';
  return requireList(value ?? [], name, wanted).map((entry, index) => {
    const fields = readFields(entry, `${name}, entry ${index + 1}`);
    return { endpoint: fields.name('endpoint'), reason: fields.text('reason') ?? '', link: fields.text('link') ?? '' };
  });
}

export function readPending(value: unknown, name: string): string[] {
  return requireList(value ?? [], name, 'the list of the names of pending endpoints').map((entry, index) =>
    requireName(entry, `${name}, entry ${index + 1}`),
  );
}

interface ListKind<T> {
  what: 'ineligible' | 'pending';
  read(value: unknown, name: string): T[];
  store(client: PoolClient, owner: { release: string; origin: string }, entries: T[]): Promise<boolean>;
}

async function loadList<T extends { endpoint: string }>(
  pool: Pool,
  input: LoadInput,
  { release: wanted, signal }: ListOptions,
  kind: ListKind<T>,
): Promise<LoadedDocument> {
  const document = await readListDocument(input, signal ? { signal } : {});
  const read = kind.read(document.value, input.name);
  const entries = [...new Map(read.toReversed().map((entry) => [entry.endpoint, entry])).values()].reverse();
  return withTransaction(pool, async (client) => {
    await client.query(lockReleasesExclusive());
    const release = await findListRelease(client, wanted);
    await kind.store(client, { release, origin: input.name }, entries);
    const rechecked = kind.what === 'ineligible' ? await recheckCoverage(client) : 0;
    const names = entries.map((entry) => entry.endpoint);
    const loaded: LoadedDocument = {
      what: kind.what,
      name: input.name,
      release,
      read: read.length,
      stored: entries.length,
      notes: listNotes([
        [read.length - entries.length, 'entries that occur twice; the first counts'],
        [await countUnknown(client, release, names), `entries that are not endpoints of ${release}`],
        [rechecked, 'releases whose coverage check now has another result'],
      ]),
    };
    await recordLoad(client, document, loaded);
    signal?.throwIfAborted();
    return loaded;
  });
}
