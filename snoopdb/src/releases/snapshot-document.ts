import { type Fields, isRecord, readFields, requireName } from '../inputs/fields.ts';
import { readRelease } from '../release.ts';
import type { Level } from '../resolver/openapi-document.ts';
import { parseDate } from './coverage-document.ts';
import { readIneligible, readPending } from './eligibility.ts';
import type { BaselineSnapshot, SnapshotEndpoint } from './shipped-snapshot.ts';

/** Whether a document is a snapshot as it ships with the program, and no published coverage file. */
export function isSnapshot(value: unknown): boolean {
  return isRecord(value) && Object.hasOwn(value, 'conformance') && Object.hasOwn(value, 'ineligible');
}

/**
 * Checks a snapshot that comes from elsewhere.
 * @throws SnoopDbError `bad_document`
 */
export function readSnapshot(value: unknown, name: string): BaselineSnapshot {
  const fields = readFields(value, name);
  const tests = (fields.list('tests') ?? []).map((test, index) => requireName(test, `${name}, test ${index + 1}`));
  const files = (fields.list('files') ?? []).map((file, index) => requireName(file, `${name}, file ${index + 1}`));
  const taken = new Set<string>();
  const endpoints = (fields.list('endpoints') ?? []).map((entry, index) => {
    const endpoint = readEndpoint(readFields(entry, `${name}, endpoint ${index + 1}`), tests.length);
    if (taken.has(endpoint.endpoint)) return fields.refuse(`the endpoint ${endpoint.endpoint} stands in it twice.`);
    taken.add(endpoint.endpoint);
    return endpoint;
  });
  if (endpoints.length === 0) return fields.refuse('has no endpoint.');
  if (new Set(tests).size < tests.length) return fields.refuse('names a test twice.');
  const conformance = (fields.list('conformance') ?? []).map((entry, index) => {
    const test = readFields(entry, `${name}, conformance test ${index + 1}`);
    const file = test.number('file');
    const number = test.number('test');
    if (number === null || number >= tests.length) return test.refuse('"test" is no number of a test.');
    if (file !== null && file >= files.length) return test.refuse('"file" is no number of a file.');
    return { test: number, testname: test.text('testname'), file, promotion: test.text('promotion') };
  });
  if (new Set(conformance.map((one) => one.test)).size < conformance.length) {
    return fields.refuse('lists a conformance test twice.');
  }
  const release = fields.name('release');
  const releaseDate = parseDate(fields.text('releaseDate'));
  const ineligible = readIneligible(fields.list('ineligible'), `${name}, ineligible`);
  const pending = readPending(fields.list('pending'), `${name}, pending`);
  if (new Set(ineligible.map((one) => one.endpoint)).size < ineligible.length) {
    return fields.refuse('lists an ineligible endpoint twice.');
  }
  return {
    release: readRelease(release) ?? fields.refuse(`its release "${release.slice(0, 60)}" is none.`),
    releaseDate: releaseDate === undefined ? fields.refuse('its "releaseDate" is no date.') : releaseDate,
    origin: fields.name('origin'),
    spec: fields.text('spec') ?? '',
    incomplete: fields.text('incomplete'),
    sources: (fields.list('sources') ?? []).map((source) => requireName(source, `${name}, sources`)),
    tests,
    files,
    conformance,
    endpoints,
    ineligible,
    pending: [...new Set(pending)],
  };
}

function readEndpoint(fields: Fields, tests: number): SnapshotEndpoint {
  const [level, path, method] = [fields.text('level'), fields.text('path') ?? '', fields.text('method') ?? ''];
  if (level !== 'stable' && level !== 'beta' && level !== 'alpha') return fields.refuse('its level is none.');
  if (!path.startsWith('/') || !/^[A-Z]{3,10}$/.test(method)) return fields.refuse('it has no path or no method.');
  const known: Level = level;
  const hits = (fields.list('tests') ?? []).map((test) =>
    typeof test === 'number' && Number.isInteger(test) && test >= 0 && test < tests
      ? test
      : fields.refuse('"tests" are no numbers of tests.'),
  );
  if (new Set(hits).size < hits.length) return fields.refuse('a test hits it twice.');
  const tested = fields.flag('tested');
  if (!tested && hits.length > 0) return fields.refuse('it is not tested, and tests hit it.');
  return {
    endpoint: fields.name('endpoint'),
    method,
    path,
    level: known,
    category: fields.text('category') ?? '',
    group: fields.text('group'),
    version: fields.text('version'),
    kind: fields.text('kind'),
    action: fields.text('action'),
    deprecated: fields.flag('deprecated'),
    description: fields.text('description'),
    tested,
    confTested: fields.flag('confTested'),
    tests: hits,
  };
}
