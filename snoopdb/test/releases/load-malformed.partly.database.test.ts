import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readShippedSnapshot, unpackSnapshot } from '../../src/releases/shipped-snapshot.ts';
import type { LoadedDocument, Pool } from '../../src/index.ts';
import {
  loadBaselineFrom,
  loadConformanceTests,
  loadCoverage,
  loadIneligible,
  loadOpenapi,
  loadPending,
  loadReleases,
  SnoopDbError,
} from '../../src/index.ts';
import type { LoadInput } from '../../src/inputs/input.ts';
import { createInput } from '../support/test-input.ts';
import { corruptJson, type CorruptDocument, corruptYaml } from '../support/corrupt-document.ts';
import { countRounds, createTestRandom } from '../support/random.ts';
import { createCoverage } from '../support/small-coverage.ts';
import { smallDocument } from '../support/small-document.ts';
import { digestTables } from '../support/table-digest.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const inputs = countRounds(300);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

type Load = (pool: Pool, input: LoadInput, options: { release?: string }) => Promise<LoadedDocument>;

const conformance = `- testname: One
  codename: 'one [Conformance]'
  description: it MUST
  release: v1.9, v1.19
  file: one.go
- testname: Two
  codename: 'two [Conformance]'
  release: v1.20
  file: two.go
`;
const ineligible = `- endpoint: a\n  reason: because\n  link: https://x\n- endpoint: b\n  reason: ""\n  link: y\n`;
const releases = `- version: 1.37.0\n  release_date: ""\n- version: 1.36.0\n  release_date: "2026-04-22"\n`;

const either =
  (yaml: string, json: unknown) =>
  (random: () => number): CorruptDocument =>
    random() < 0.6 ? corruptYaml(yaml, random) : corruptJson(json, random);

const loaders: [what: string, load: Load, make: (random: () => number) => CorruptDocument][] = [
  // Of a release whose coverage is not loaded: that would refuse every other set of endpoints.
  [
    'openapi',
    (pool, input) => loadOpenapi(pool, input, { release: '1.35' }),
    (random) => corruptJson(smallDocument, random),
  ],
  ['coverage', loadCoverage, (random) => corruptJson(createCoverage(), random)],
  [
    'conformance',
    loadConformanceTests,
    either(conformance, [{ testname: 'One', codename: 'one', description: 'd', release: 'v1.9', file: 'f' }]),
  ],
  ['ineligible', loadIneligible, either(ineligible, [{ endpoint: 'a', reason: 'r', link: 'l' }])],
  ['pending', loadPending, either('- a\n- b\n', ['a', 'b'])],
  [
    'releases',
    loadReleases,
    either(releases, [
      { version: '1.36', release_date: '2026-04-22' },
      { version: '1.35', release_date: null },
    ]),
  ],
  ['baseline', loadBaselineFrom, (random) => corruptJson(snapshot, random)],
];

let snapshot: unknown;
beforeAll(async () => {
  const shipped = unpackSnapshot((await readShippedSnapshot('1.36.0')).bytes);
  // A tenth of it breaks as well as the whole.
  const endpoints = shipped.endpoints
    .slice(0, 20)
    .map((one) => ({ ...one, tests: one.tests.length > 0 ? [0, 1] : [] }));
  snapshot = {
    ...shipped,
    endpoints,
    tests: ['a', 'b [Conformance]'],
    conformance: [{ test: 1, testname: 'B', file: 0, promotion: '1.9.0' }],
    ineligible: shipped.ineligible.slice(0, 3),
    pending: ['p'],
  };
});

describe(`${inputs} malformed inputs`, () => {
  test.each(loaders)(
    '%s: each fails with a clear error and changes nothing, or is loaded completely',
    async (_what, load, make) => {
      const { pool } = database;
      await database.empty();
      await loadCoverage(pool, createInput('1.36.0.json', createCoverage()));
      const random = createTestRandom();
      let before = await digestTables(pool);
      let refused = 0;
      for (let number = 0; number < inputs; number += 1) {
        const { how, bytes } = make(random);
        try {
          const loaded = await load(pool, createInput('given-1.36.json', bytes), { release: '1.36' });
          expect(loaded.stored, how).toBeLessThanOrEqual(loaded.read);
          before = await digestTables(pool);
        } catch (error) {
          refused += 1;
          expect(error, how).toBeInstanceOf(SnoopDbError);
          if (!(error instanceof SnoopDbError)) throw error;
          expect(['bad_document', 'bad_release', 'unreadable_input'], how).toContain(error.code);
          expect(error.message.length, `${how}: ${error.message}`).toBeLessThan(2000);
          expect(error.message, how).toMatch(/^given-1\.36\.json.*[.…)]$/s);
          expect(await digestTables(pool), `${how}: ${error.message}`).toBe(before);
        }
      }
      expect(refused).toBeGreaterThan(inputs / 5);
    },
  );
});
