import { SnoopDbError } from '../errors.ts';
import { isConformanceTest } from '../events/test-agent.ts';
import { type Fields, isRecord, readFields, requireName } from '../inputs/fields.ts';
import { normalizeRelease, readRelease } from '../release.ts';
import type { Level, Operation } from '../resolver/openapi-document.ts';
import { makeStorable } from '../storable-text.ts';
import { readPromotion } from './promotion.ts';

/** One endpoint of a published coverage file. */
export interface PublishedEndpoint {
  endpoint: string;
  level: Level;
  tested: boolean;
  conf_tested: boolean;
  /** Without nulls, empty names and repetitions. */
  tests: string[];
}

/** What the totals of a coverage file are compared with. A total that is missing is null. */
export interface PublishedCoverage {
  release: string;
  endpoints: PublishedEndpoint[];
  'total endpoints': number | null;
  'tested endpoints': number | null;
  'total conformance eligible endpoints': number | null;
  'tested conformance eligible endpoints': number | null;
}

/** A conformance test, as a list or a coverage file has it. */
export interface ListedTest {
  codename: string;
  testname: string | null;
  file: string | null;
  description: string | null;
  /** As listed. */
  promotion: string | null;
  /** The last release of these, X.Y.Z. */
  promotedIn: string | null;
}

/** A published coverage file that was read and checked. */
export interface CoverageDocument extends PublishedCoverage {
  release_date: string | null;
  /** Why it is incomplete, in a sentence, if the file itself says that it is; our own exports do. */
  incomplete: string | null;
  spec: string | null;
  /** The runs it was made from. */
  sources: string[];
  /** The endpoints as operations; methods are inferred. */
  operations: Operation[];
  /** The tests that were promoted to conformance. */
  conformance: ListedTest[];
  /** Tests without a name: nulls, and the empty one. */
  withoutName: number;
  /** Endpoints whose method could not be inferred; they count as GET. */
  withoutMethod: number;
}

const levels: ReadonlySet<string> = new Set<Level>(['stable', 'beta', 'alpha']);
const methodOfAction: ReadonlyMap<string | null, string> = new Map([
  // Discovery has no action.
  [null, 'GET'],
  ['get', 'GET'],
  ['list', 'GET'],
  ['watch', 'GET'],
  ['watchlist', 'GET'],
  ['post', 'POST'],
  ['put', 'PUT'],
  ['patch', 'PATCH'],
  ['delete', 'DELETE'],
  ['deletecollection', 'DELETE'],
]);

/**
 * Reads a published coverage file.
 * @param release the one that was asked for; else the file says it
 * @throws SnoopDbError `bad_document`, `bad_release`
 */
export function readCoverage(value: unknown, name: string, release?: string): CoverageDocument {
  const fields = readFields(value, name);
  const entries = fields.list('endpoints');
  if (!entries) return fields.refuse('has no "endpoints". Give a published coverage file of a release.');
  if (entries.length === 0) return fields.refuse('its list of endpoints is empty.');
  const read: CoverageDocument = {
    release: findRelease(fields, name, release),
    release_date: readDate(fields),
    incomplete: fields.text('incomplete') || null,
    spec: fields.text('spec') || null,
    sources: (fields.list('sources') ?? []).map((source) =>
      typeof source === 'string' ? makeStorable(source) : fields.refuse('"sources" should be texts.'),
    ),
    endpoints: [],
    operations: [],
    conformance: [],
    withoutName: 0,
    withoutMethod: 0,
    'total endpoints': readTotal(value, 'total endpoints'),
    'tested endpoints': readTotal(value, 'tested endpoints'),
    'total conformance eligible endpoints': readTotal(value, 'total conformance eligible endpoints'),
    'tested conformance eligible endpoints': readTotal(value, 'tested conformance eligible endpoints'),
  };
  const known = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const endpoint = readEndpoint(readFields(entry, `${name}, endpoint ${index + 1}`), read);
    if (known.has(endpoint)) return fields.refuse(`the endpoint ${endpoint} stands in it twice.`);
    known.add(endpoint);
  }
  readTests(fields, name, read);
  return read;
}

function findRelease(fields: Fields, name: string, wanted: string | undefined): string {
  const stated = fields.text('release');
  const asked = wanted === undefined ? null : normalizeRelease(wanted);
  if (stated === null || stated === '') {
    return asked ?? fields.refuse('does not say of which release it is: --release 1.36.0.');
  }
  const release = readRelease(stated) ?? fields.refuse(`its release "${stated.slice(0, 60)}" is none.`);
  if (asked === null || asked === release) return release;
  throw new SnoopDbError(
    'bad_document',
    `${name} is the coverage of ${release}, not of ${asked}. Give that of ${asked}.`,
  );
}

/** A day or a moment; null while in development. */
function readDate(fields: Fields): string | null {
  const date = parseDate(fields.text('release_date'));
  return date === undefined ? fields.refuse('its "release_date" is no date.') : date;
}

/** @returns undefined for what is no date */
export function parseDate(text: string | null): string | null | undefined {
  if (text === null || text === '' || text === 'null' || text === '~') return null;
  const found = /^((?:19|20|21)\d\d-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?$/.exec(
    text.trim(),
  );
  if (!found || Number.isNaN(Date.parse(text.trim()))) return undefined;
  // Date.parse takes the 31st of February.
  const [, day = '', time] = found;
  const written = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(written.getTime()) || written.toISOString().slice(0, 10) !== day) return undefined;
  return time ? `${day}T${time}` : day;
}

function readTotal(value: unknown, key: string): number | null {
  const total = isRecord(value) && Object.hasOwn(value, key) ? value[key] : null;
  return typeof total === 'number' ? total : null;
}

function readEndpoint(fields: Fields, read: CoverageDocument): string {
  const endpoint = fields.name('endpoint');
  const level =
    asLevel(fields.text('level')) ?? fields.refuse(`the level of ${endpoint} is none of stable, beta, alpha.`);
  const tested = fields.flag('tested');
  const confTested = fields.flag('conf_tested');
  const tests = readTestNames(fields);
  if (confTested && !tested) return fields.refuse(`${endpoint} is conformance tested and not tested.`);
  if (!tested && tests.length > 0) return fields.refuse(`${endpoint} is not tested, and ${tests.length} tests hit it.`);
  if (!confTested && tests.some(isConformanceTest)) {
    return fields.refuse(`${endpoint} is not conformance tested, and a conformance test hits it.`);
  }
  read.endpoints.push({ endpoint, level, tested, conf_tested: confTested, tests });
  const [action, description] = [fields.text('action'), fields.text('description')];
  const method = inferMethod(action, description);
  if (method === null) read.withoutMethod += 1;
  const [group, version, kind] = [fields.text('group'), fields.text('version'), fields.text('kind')];
  const [path, category] = [fields.text('path') ?? '', fields.text('category') ?? ''];
  if (!path.startsWith('/')) return fields.refuse(`the path of ${endpoint} should begin with a slash.`);
  const known = { endpoint, level, path, category, group, version, kind, action, description };
  read.operations.push({ ...known, method: method ?? 'GET', deprecated: false });
  return endpoint;
}

function asLevel(text: string | null): Level | null {
  const isLevel = (level: string | null): level is Level => level !== null && levels.has(level);
  return isLevel(text) ? text : null;
}

/** Published files name no method. Operations with the action connect say it in words: "connect POST requests to …". */
export function inferMethod(action: string | null, description: string | null): string | null {
  if (action === 'connect') {
    return /^connect (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) requests/.exec(description ?? '')?.[1] ?? null;
  }
  return methodOfAction.get(action) ?? null;
}

/** Lists of tests may hold null, and one test has the empty name. A list of nothing but null says that there is none. */
function readTestNames(fields: Fields): string[] {
  const named = (fields.list('tests') ?? []).filter((test) => test !== null && test !== '');
  return [...new Set(named.map((test) => requireName(test, `${fields.place}: a test`)))];
}

function readTests(fields: Fields, name: string, read: CoverageDocument): void {
  const known = new Set<string>();
  for (const [index, entry] of (fields.list('tests') ?? []).entries()) {
    const test = readFields(entry, `${name}, test ${index + 1}`);
    const promotion = test.text('promotion_release');
    if (!test.text('test')) {
      read.withoutName += 1;
      continue;
    }
    const codename = test.name('test');
    if (known.has(codename)) test.refuse(`the test ${codename.slice(0, 200)} stands in it twice.`);
    known.add(codename);
    if (!promotion) continue;
    read.conformance.push({
      codename,
      testname: test.text('testname'),
      file: test.text('file'),
      description: null,
      promotion,
      promotedIn: readPromotion(promotion),
    });
  }
}
