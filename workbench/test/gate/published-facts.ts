import { dropDuplicates, nameEndpoints, readOperations } from '@snoop/snoopdb';
import { load } from 'js-yaml';
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type {
  ConformanceTest,
  GateDocument,
  GateFacts,
  GateHits,
  GateList,
  PendingEntry,
} from '../../src/gate/facts.ts';
import { makeDocument, makeHits, makeList } from './made-facts.ts';

export const folder = new URL('../../../../shared/data/', import.meta.url);
export const isThere = existsSync(folder);
if (!isThere) console.log('The gate is not tested on published documents: ../shared/data is not there.');

const readJson = <T>(path: string): T => JSON.parse(gunzipSync(readFileSync(new URL(path, folder))).toString());
const readYaml = <T>(path: string): T => load(readFileSync(new URL(`conformance/${path}`, folder), 'utf8')) as T;

export function readDocument(minor: number, role: 'document' | 'previous document'): GateDocument {
  const { operations } = readOperations(readJson(`openapi/swagger-1.${minor}.json.gz`));
  return makeDocument(`1.${minor}.0`, dropDuplicates(nameEndpoints(operations)), role);
}

export function readTests(minor: number): GateList<ConformanceTest> {
  const entries = readYaml<{ codename: string; file: string; release: string }[]>(`conformance-v1.${minor}.yaml`);
  return makeList(
    'conformance tests',
    entries.map(({ codename, file, release }) => ({
      codename,
      file,
      promotedIn: `${release
        .split(/[\s,]+/)
        .at(-1)
        ?.replace('v', '')}.0`,
      line: null,
      added: null,
    })),
  );
}

interface Coverage {
  readonly tests: { test: string; file: string | null; conformance_test: boolean; promotion_release: string | null }[];
  readonly endpoints: { endpoint: string; tested: boolean; conf_tested: boolean; tests: (string | null)[] | null }[];
}

/** The conformance tests that a coverage file knows, for releases whose conformance.yaml is not there. */
function readCoveredTests(minor: number): GateList<ConformanceTest> {
  const { tests } = readJson<Coverage>(`coverage/1.${minor}.0.json.gz`);
  return makeList(
    'conformance tests',
    tests.flatMap(({ test, file, conformance_test: isConformance, promotion_release: promotedIn }) =>
      isConformance ? { codename: test, file, promotedIn, line: null, added: null } : [],
    ),
  );
}

/** The coverage of a release, in a whole run of it. */
export function readHits(minor: number, { endpoints }: GateDocument): GateHits {
  const covered = readJson<Coverage>(`coverage/1.${minor}.0.json.gz`).endpoints;
  // Coverage files have no deprecated endpoints.
  const known = new Set(endpoints.flatMap(({ endpoint, deprecated }) => (deprecated ? [] : endpoint)));
  const listed = new Set(covered.map(({ endpoint }) => endpoint));
  const hits = makeHits(
    covered
      .filter(({ endpoint, tested }) => tested && known.has(endpoint))
      .map(({ endpoint, tested, conf_tested: confTested, tests }) => ({
        endpoint,
        tests: (tests ?? []).flatMap((one) => one || []).sort(),
        tested,
        confTested,
      })),
    { undecided: [...known].filter((endpoint) => !listed.has(endpoint)).sort() },
  );
  return { ...hits, source: { ...hits.source, release: `1.${minor}.0` } };
}

function readListedTests(minor: number): GateList<ConformanceTest> {
  if (existsSync(new URL(`conformance/conformance-v1.${minor}.yaml`, folder))) return readTests(minor);
  if (existsSync(new URL(`coverage/1.${minor}.0.json.gz`, folder))) return readCoveredTests(minor);
  return makeList('conformance tests', [
    { codename: 'unknown', file: null, promotedIn: `1.${minor}.0`, line: null, added: false },
  ]);
}

/** Judges a release against the one before, by lists of 1.36 or of its own. */
export function readStep(minor: number, lists = minor === 37 ? '-v1.37' : ''): GateFacts {
  const ineligible = readYaml<{ endpoint: string; reason: string; link: string }[]>(
    `ineligible_endpoints${lists}.yaml`,
  );
  const pending = readYaml<string[] | null>(`pending_eligible_endpoints${lists}.yaml`) ?? [];
  return {
    current: readDocument(minor, 'document'),
    previous: readDocument(minor - 1, 'previous document'),
    conformance: readListedTests(minor),
    ineligible: makeList(
      'ineligible',
      ineligible.map((entry) => ({ ...entry, line: null })),
    ),
    pending: makeList(
      'pending',
      pending.map((endpoint): PendingEntry => ({ endpoint, line: null, since: null, sinceFrom: null })),
    ),
    hits: [],
    firstReleases: {},
    now: '2026-08-20T12:00:00Z',
  };
}
