import { SnoopDbError } from '../errors.ts';
import { isConformanceTest } from '../events/test-agent.ts';
import { type Fields, isRecord, readFields, requireName } from '../inputs/fields.ts';
import { normalizeRelease, readRelease } from '../release.ts';
import type { Operation } from '../resolver/openapi-document.ts';
import { type Level, levels } from '../rules/level.ts';
import { toStorableText } from '../storable-text.ts';
import { readPromotion } from './promotion.ts';
import type { UnknownEndpoint } from './unknown-coverage.ts';

export interface PublishedEndpoint {
  endpoint: string;
  level: Level;
  tested: boolean;
  conf_tested: boolean;
  /** Without nulls, empty names and duplicates. */
  tests: string[];
}

/** The endpoints of a coverage file and its totals; a missing total is null. */
export interface PublishedCoverage {
  release: string;
  endpoints: PublishedEndpoint[];
  'total endpoints': number | null;
  'tested endpoints': number | null;
  'total conformance eligible endpoints': number | null;
  'tested conformance eligible endpoints': number | null;
}

/** A conformance test of a list or a coverage file. */
export interface ListedTest {
  codename: string;
  testname: string | null;
  file: string | null;
  description: string | null;
  /** As listed. */
  promotion: string | null;
  /** The last listed release, X.Y.Z. */
  promotedIn: string | null;
}

/** A checked coverage file. */
export interface CoverageDocument extends PublishedCoverage {
  release_date: string | null;
  /** Why it is incomplete, in a sentence, if the file itself says so; our own exports do. */
  incomplete: string | null;
  spec: string | null;
  /** Its test runs. */
  sources: string[];
  /**
   * Endpoints that no source of the coverage could see. Published files have none; our own exports list them apart, as
   * "unknown endpoints".
   */
  unknown: (UnknownEndpoint & { level: Level })[];
  /** All endpoints as operations, with inferred methods. */
  operations: Operation[];
  /** Tests that were promoted to conformance. */
  conformance: ListedTest[];
  /** Tests whose name is null or empty. */
  withoutName: number;
  /** Endpoints whose method could not be inferred; they count as GET. */
  withoutMethod: number;
}

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
 * @param release the expected one; default: the file's
 * @throws SnoopDbError `bad_document`, `bad_release`
 */
export function readCoverage(value: unknown, name: string, release?: string): CoverageDocument {
  const fields = readFields(value, name);
  const entries = fields.list('endpoints');
  if (!entries) return fields.fail('it has no "endpoints". Use the published coverage file of a release.');
  if (entries.length === 0) return fields.fail('its list of endpoints is empty.');
  const read: CoverageDocument = {
    release: findRelease(fields, name, release),
    release_date: readDate(fields),
    incomplete: fields.text('incomplete') || null,
    spec: fields.text('spec') || null,
    sources: (fields.list('sources') ?? []).map((source) =>
      typeof source === 'string' ? toStorableText(source) : fields.fail('"sources" must be strings.'),
    ),
    endpoints: [],
    unknown: [],
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
    if (known.has(endpoint)) return fields.fail(`the endpoint ${endpoint} occurs twice.`);
    known.add(endpoint);
  }
  for (const [index, entry] of (fields.list('unknown endpoints') ?? []).entries()) {
    const endpoint = readUnknown(readFields(entry, `${name}, unknown endpoint ${index + 1}`), read);
    if (known.has(endpoint)) return fields.fail(`the endpoint ${endpoint} occurs twice.`);
    known.add(endpoint);
  }
  readTests(fields, name, read);
  return read;
}

function findRelease(fields: Fields, name: string, wanted: string | undefined): string {
  const stated = fields.text('release');
  const expected = wanted === undefined ? null : normalizeRelease(wanted);
  if (stated === null || stated === '') {
    return expected ?? fields.fail('it has no release. Set one, for example --release 1.36.0.');
  }
  const release = readRelease(stated) ?? fields.fail(`its release "${stated.slice(0, 60)}" is not a release.`);
  if (expected === null || expected === release) return release;
  throw new SnoopDbError('bad_document', `${name} is the coverage of ${release}, not of ${expected}.`);
}

/** A date or a time; null while in development. */
function readDate(fields: Fields): string | null {
  const date = parseDate(fields.text('release_date'));
  return date === undefined ? fields.fail('its "release_date" is not a date.') : date;
}

/** @returns undefined if it is not a date */
export function parseDate(text: string | null): string | null | undefined {
  if (text === null || text === '' || text === 'null' || text === '~') return null;
  const found = /^((?:19|20|21)\d\d-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?$/.exec(
    text.trim(),
  );
  if (!found || Number.isNaN(Date.parse(text.trim()))) return undefined;
  // Date.parse accepts February 31.
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
  const { endpoint, level } = readOperation(fields, read);
  const tested = fields.flag('tested');
  const confTested = fields.flag('conf_tested');
  const tests = readTestNames(fields);
  if (confTested && !tested) return fields.fail(`${endpoint} is conformance tested but not tested.`);
  if (!tested && tests.length > 0) return fields.fail(`${endpoint} is not tested, but ${tests.length} tests hit it.`);
  if (!confTested && tests.some(isConformanceTest)) {
    return fields.fail(`${endpoint} is not conformance tested, but a conformance test hits it.`);
  }
  read.endpoints.push({ endpoint, level, tested, conf_tested: confTested, tests });
  return endpoint;
}

function readUnknown(fields: Fields, read: CoverageDocument): string {
  const { endpoint, level } = readOperation(fields, read);
  read.unknown.push({ endpoint, level, reason: fields.name('unknown') });
  return endpoint;
}

function readOperation(fields: Fields, read: CoverageDocument): { endpoint: string; level: Level } {
  const endpoint = fields.name('endpoint');
  const level = asLevel(fields.text('level')) ?? fields.fail(`the level of ${endpoint} must be stable, beta or alpha.`);
  const [action, description] = [fields.text('action'), fields.text('description')];
  const method = inferMethod(action, description);
  if (method === null) read.withoutMethod += 1;
  const [group, version, kind] = [fields.text('group'), fields.text('version'), fields.text('kind')];
  const [path, category] = [fields.text('path') ?? '', fields.text('category') ?? ''];
  if (!path.startsWith('/')) return fields.fail(`the path of ${endpoint} must begin with a slash.`);
  const known = { endpoint, level, path, category, group, version, kind, action, description };
  read.operations.push({ ...known, method: method ?? 'GET', deprecated: false });
  return { endpoint, level };
}

function asLevel(text: string | null): Level | null {
  return levels.find((level) => level === text) ?? null;
}

/**
 * Infers the method, which published files lack. For the action connect it is in the description: "connect POST
 * requests to …".
 */
export function inferMethod(action: string | null, description: string | null): string | null {
  if (action === 'connect') {
    return /^connect (GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) requests/.exec(description ?? '')?.[1] ?? null;
  }
  return methodOfAction.get(action) ?? null;
}

/** Lists of tests may contain null, and one test has an empty name. A list of only null means no tests. */
function readTestNames(fields: Fields): string[] {
  const named = (fields.list('tests') ?? []).filter((test) => test !== null && test !== '');
  return [...new Set(named.map((test) => requireName(test, `${fields.location}: a test`)))];
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
    if (known.has(codename)) test.fail(`the test ${codename.slice(0, 200)} occurs twice.`);
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
