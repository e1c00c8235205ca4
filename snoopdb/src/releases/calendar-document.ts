import type { Pool } from 'pg';
import { followBaseline } from '../clusters/live-names.ts';
import { SnoopDbError } from '../errors.ts';
import { readListDocument } from '../inputs/document.ts';
import { readFields, requireList } from '../inputs/fields.ts';
import type { LoadInput } from '../inputs/input.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockReleasesExclusive } from '../postgres/locks.ts';
import { readRelease } from '../release.ts';
import { applyCalendar } from './calendar.ts';
import { parseDate } from './coverage-document.ts';
import { listNotes, type LoadedDocument, recordLoad } from './loaded-document.ts';

/** A release and its date, YYYY-MM-DD; null while in development. */
export interface CalendarEntry {
  release: string;
  date: string | null;
}

/**
 * Loads releases.yaml, the dates of releases, which replaces the calendar loaded before.
 * @throws SnoopDbError `bad_document`, `unreadable_input`; nothing is changed then
 */
export async function loadReleases(
  pool: Pool,
  input: LoadInput,
  options: { signal?: AbortSignal } = {},
): Promise<LoadedDocument> {
  const document = await readListDocument(input, options);
  const entries = readCalendar(document.value, input.name);
  return withTransaction(pool, async (client) => {
    await client.query(lockReleasesExclusive());
    await client.query('delete from public.release_calendar');
    await client.query(
      `insert into public.release_calendar (release, release_date)
       select release, date from unnest($1::text[], $2::timestamp[]) as given (release, date)`,
      [entries.map((entry) => entry.release), entries.map((entry) => entry.date)],
    );
    await applyCalendar(client);
    await followBaseline(client);
    const inDevelopment = entries.filter((entry) => entry.date === null).length;
    const loaded: LoadedDocument = {
      what: 'releases',
      name: input.name,
      release: null,
      read: entries.length,
      stored: entries.length,
      notes: listNotes([[inDevelopment, 'releases in development, without a date']]),
    };
    await recordLoad(client, document, loaded);
    options.signal?.throwIfAborted();
    return loaded;
  });
}

export function readCalendar(value: unknown, name: string): CalendarEntry[] {
  const list = requireList(value, name, 'the list of releases, each with version and release_date');
  if (list.length === 0) throw new SnoopDbError('bad_document', `${name} has no release. Give a releases.yaml.`);
  const entries = new Map<string, CalendarEntry>();
  for (const [index, entry] of list.entries()) {
    const fields = readFields(entry, `${name}, entry ${index + 1}`);
    const version = fields.name('version');
    const release = readRelease(version) ?? fields.fail(`"${version.slice(0, 60)}" is not a release.`);
    const date = parseDate(fields.text('release_date'));
    if (date === undefined) return fields.fail(`the release_date of ${release} is not a date such as 2026-04-22.`);
    if (entries.has(release)) return fields.fail(`${release} occurs twice.`);
    entries.set(release, { release, date });
  }
  return [...entries.values()];
}
