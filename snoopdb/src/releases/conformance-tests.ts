import type { Pool } from 'pg';
import { SnoopDbError } from '../errors.ts';
import { readListDocument } from '../inputs/document.ts';
import { readFields, requireList } from '../inputs/fields.ts';
import type { LoadInput } from '../inputs/input.ts';
import { withTransaction } from '../postgres/database.ts';
import { lockReleasesExclusive } from '../postgres/locks.ts';
import type { ListedTest } from './coverage-document.ts';
import { findListRelease, replaceTests } from './lists.ts';
import { listNotes, type LoadedDocument, recordLoad } from './loaded-document.ts';
import { readPromotion } from './promotion.ts';

interface ReadTests {
  tests: ListedTest[];
  /** Entries with the codename of an earlier one, which counts. */
  repeated: number;
  /** Entries with an unreadable promotion. */
  withoutPromotion: number;
}

/**
 * Loads conformance.yaml of kubernetes/kubernetes as the list of a release.
 * @param options.release any spelling; default: the baseline in use
 * @throws SnoopDbError `bad_document`, `bad_release`, `unreadable_input`; nothing is changed then
 */
export async function loadConformanceTests(
  pool: Pool,
  input: LoadInput,
  options: { release?: string; signal?: AbortSignal } = {},
): Promise<LoadedDocument> {
  const document = await readListDocument(input, options);
  const { tests, repeated, withoutPromotion } = readConformanceTests(document.value, input.name);
  return withTransaction(pool, async (client) => {
    await client.query(lockReleasesExclusive());
    const release = await findListRelease(client, options.release);
    await replaceTests(client, { release, origin: input.name, own: true }, tests);
    const loaded: LoadedDocument = {
      what: 'conformance',
      name: input.name,
      release,
      read: tests.length + repeated,
      stored: tests.length,
      notes: listNotes([
        [repeated, 'tests that occur twice; the first counts'],
        [withoutPromotion, 'tests without a readable release'],
      ]),
    };
    await recordLoad(client, document, loaded);
    options.signal?.throwIfAborted();
    return loaded;
  });
}

/** Reads conformance.yaml of kubernetes/kubernetes. */
export function readConformanceTests(value: unknown, name: string): ReadTests {
  const entries = requireList(
    value,
    name,
    'the list of conformance tests, each with codename, testname, release and file',
  );
  if (entries.length === 0) throw new SnoopDbError('bad_document', `${name} has no test. Give a conformance.yaml.`);
  const tests = new Map<string, ListedTest>();
  let repeated = 0;
  let withoutPromotion = 0;
  for (const [index, entry] of entries.entries()) {
    const fields = readFields(entry, `${name}, entry ${index + 1}`);
    const codename = fields.name('codename');
    if (tests.has(codename)) {
      repeated += 1;
      continue;
    }
    const promotion = fields.text('release') || null;
    const promotedIn = promotion === null ? null : readPromotion(promotion);
    if (promotedIn === null) withoutPromotion += 1;
    const [testname, file, description] = [fields.text('testname'), fields.text('file'), fields.text('description')];
    tests.set(codename, { codename, testname, file, description, promotion, promotedIn });
  }
  return { tests: [...tests.values()], repeated, withoutPromotion };
}
