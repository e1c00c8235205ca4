import { type Fields, isRecord, readFields, requireName } from '../inputs/fields.ts';
import { readRelease } from '../release.ts';
import type { Level } from '../rules/level.ts';
import { parseDate } from './coverage-document.ts';
import { readIneligible, readPending } from './eligibility.ts';
import { publishedSource } from './published-hits.ts';
import type { BaselineSnapshot, SnapshotEndpoint, SnapshotRun } from './shipped-snapshot.ts';

/** Whether a document is a snapshot like the shipped ones, not a published coverage file. */
export function isSnapshot(value: unknown): boolean {
  return isRecord(value) && Object.hasOwn(value, 'conformance') && Object.hasOwn(value, 'ineligible');
}

/**
 * Checks a snapshot from a user.
 * @throws SnoopDbError `bad_document`
 */
export function readSnapshot(value: unknown, name: string): BaselineSnapshot {
  const fields = readFields(value, name);
  const tests = (fields.list('tests') ?? []).map((test, index) => requireName(test, `${name}, test ${index + 1}`));
  const files = (fields.list('files') ?? []).map((file, index) => requireName(file, `${name}, file ${index + 1}`));
  const taken = new Set<string>();
  const endpoints = (fields.list('endpoints') ?? []).map((entry, index) => {
    const endpoint = readEndpoint(readFields(entry, `${name}, endpoint ${index + 1}`), tests.length);
    if (taken.has(endpoint.endpoint)) return fields.fail(`the endpoint ${endpoint.endpoint} occurs twice.`);
    taken.add(endpoint.endpoint);
    return endpoint;
  });
  if (endpoints.length === 0) return fields.fail('it has no endpoint.');
  if (new Set(tests).size < tests.length) return fields.fail('it names a test twice.');
  const conformance = (fields.list('conformance') ?? []).map((entry, index) => {
    const test = readFields(entry, `${name}, conformance test ${index + 1}`);
    const file = test.number('file');
    const number = test.number('test');
    if (number === null || number >= tests.length) return test.fail('"test" is not the number of a test.');
    if (file !== null && file >= files.length) return test.fail('"file" is not the number of a file.');
    return { test: number, testname: test.text('testname'), file, promotion: test.text('promotion') };
  });
  if (new Set(conformance.map((one) => one.test)).size < conformance.length) {
    return fields.fail('it lists a conformance test twice.');
  }
  const release = fields.name('release');
  const releaseDate = parseDate(fields.text('releaseDate'));
  const ineligible = readIneligible(fields.list('ineligible'), `${name}, ineligible`);
  const pending = readPending(fields.list('pending'), `${name}, pending`);
  if (new Set(ineligible.map((one) => one.endpoint)).size < ineligible.length) {
    return fields.fail('it lists an ineligible endpoint twice.');
  }
  const auditRuns = (fields.list('auditRuns') ?? []).map((entry, index) =>
    readRun(readFields(entry, `${name}, audit run ${index + 1}`), taken, tests.length),
  );
  if (new Set(auditRuns.map(({ source }) => source)).size < auditRuns.length) {
    return fields.fail('it has two audit runs of the same source.');
  }
  const unknown = (fields.list('unknown') ?? []).map((entry, index) => {
    const one = readFields(entry, `${name}, unknown endpoint ${index + 1}`);
    return { endpoint: readKnownName(one, taken), reason: one.name('reason') };
  });
  if (new Set(unknown.map((one) => one.endpoint)).size < unknown.length) {
    return fields.fail('it lists an unknown endpoint twice.');
  }
  return {
    release: readRelease(release) ?? fields.fail(`its release "${release.slice(0, 60)}" is not a release.`),
    releaseDate: releaseDate === undefined ? fields.fail('its "releaseDate" is not a date.') : releaseDate,
    origin: fields.name('origin'),
    spec: fields.text('spec') ?? '',
    incomplete: fields.text('incomplete'),
    sources: (fields.list('sources') ?? []).map((source) => requireName(source, `${name}, sources`)),
    tests,
    files,
    conformance,
    endpoints,
    ...(auditRuns.length > 0 && { auditRuns }),
    ...(unknown.length > 0 && { unknown }),
    ineligible,
    pending: [...new Set(pending)],
  };
}

function readRun(fields: Fields, endpoints: ReadonlySet<string>, tests: number): SnapshotRun {
  const source = fields.name('source');
  if (source === publishedSource) return fields.fail(`its source must not be "${publishedSource}".`);
  const hits = (fields.list('hits') ?? []).map((entry, index) => {
    const hit = readFields(entry, `${fields.location}, hit ${index + 1}`);
    return { endpoint: readKnownName(hit, endpoints), tests: readTestNumbers(hit, tests) };
  });
  if (new Set(hits.map(({ endpoint }) => endpoint)).size < hits.length)
    return fields.fail('it hits an endpoint twice.');
  return { source, hits };
}

function readKnownName(fields: Fields, endpoints: ReadonlySet<string>): string {
  const endpoint = fields.name('endpoint');
  return endpoints.has(endpoint) ? endpoint : fields.fail(`${endpoint} is not one of its endpoints.`);
}

function readTestNumbers(fields: Fields, tests: number): number[] {
  const hits = (fields.list('tests') ?? []).map((test) =>
    typeof test === 'number' && Number.isInteger(test) && test >= 0 && test < tests
      ? test
      : fields.fail('"tests" are not numbers of tests.'),
  );
  if (new Set(hits).size < hits.length) return fields.fail('a test hits it twice.');
  return hits;
}

function readEndpoint(fields: Fields, tests: number): SnapshotEndpoint {
  const [level, path, method] = [fields.text('level'), fields.text('path') ?? '', fields.text('method') ?? ''];
  if (level !== 'stable' && level !== 'beta' && level !== 'alpha')
    return fields.fail('its level must be stable, beta or alpha.');
  if (!path.startsWith('/') || !/^[A-Z]{3,10}$/.test(method)) return fields.fail('it has no path or no method.');
  const known: Level = level;
  const hits = readTestNumbers(fields, tests);
  const tested = fields.flag('tested');
  if (!tested && hits.length > 0) return fields.fail('it is not tested, but tests hit it.');
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
