import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSmallReleases } from '@snoop/snoopdb/test-releases';
import { beforeAll, expect, test } from 'vitest';
import { command as coverage } from '../../src/cli/coverage.ts';
import { ask } from '../support/ask.ts';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';

let url: string;
beforeAll(async () => {
  const database = await makeDatabase();
  url = database.url;
  await loadSmallReleases(database.pool);
});

const lifecycle = '[sig-apps] Lifecycle -- all verbs [Conformance]';
const listing = '[sig-apps] Listing';

/** Writes a coverage file: the tests of each endpoint. */
async function writeCoverage(release: string, hits: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const file = join(await makeFolder(), `${release}.json`);
  const endpoints = Object.entries(hits).map(([endpoint, tests]) => ({
    ...{ endpoint, path: `/${endpoint}`, level: 'stable', category: 'core', tested: tests.length > 0, tests },
    conf_tested: tests.includes(lifecycle),
  }));
  await writeFile(file, JSON.stringify({ release, endpoints }));
  return file;
}

async function print(before: string, after: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await ask(coverage, url, 'regressions', before, after, ...args);
  const text = `${stdout}${stderr === '' ? '' : `stderr: ${stderr}`}exit ${exitCode}`;
  return `\n${text.replaceAll(before, 'A').replaceAll(after, 'B')}`;
}

async function writeLoss(): Promise<[before: string, after: string]> {
  const verbs = ['create', 'delete', 'patch', 'read'];
  const before = Object.fromEntries(verbs.map((verb) => [verb, [lifecycle]]));
  const after = Object.fromEntries(verbs.map((verb) => [verb, []]));
  return [
    await writeCoverage('1.37.0', { ...before, list: [lifecycle, listing], watch: [listing] }),
    await writeCoverage('1.38.0', { ...after, list: [listing], watch: ['[sig-apps] Watching'] }),
  ];
}

test('one test that is gone, as text and CSV', async () => {
  const [before, after] = await writeLoss();
  expect(await print(before, after)).toMatchInlineSnapshot(`
    "
    Before  A (1.37.0): 6 of 6 endpoints tested; A
    After   B (1.38.0): 2 of 6 endpoints tested; B
    Note    1 endpoint only lost all conformance tests; --conformance fails for this.
    Answer  4 endpoints lost all tests. 4 of them were hit by '[sig-apps] Lifecycle -- all verbs [Conformance]', which is gone.

    Lost: 4 endpoints
    ENDPOINT  LEVEL   WHAT    TEST
    create    stable  tested  [sig-apps] Lifecycle -- all verbs [Conformance] (gone)
    delete    stable  tested  [sig-apps] Lifecycle -- all verbs [Conformance] (gone)
    patch     stable  tested  [sig-apps] Lifecycle -- all verbs [Conformance] (gone)
    read      stable  tested  [sig-apps] Lifecycle -- all verbs [Conformance] (gone)

    Lost only conformance tests: 1 endpoint
    ENDPOINT  LEVEL   WHAT                TEST
    list      stable  conformance tested  [sig-apps] Lifecycle -- all verbs [Conformance] (gone)

    Tests that are gone: 1
    TEST                                             ENDPOINTS HIT  LOST
    [sig-apps] Lifecycle -- all verbs [Conformance]              5     5

    Tests with a new name: 0

    Gained: 0 endpoints

    Removed from the API: 0 endpoints

    With a single test: 2 endpoints
    ENDPOINT  LEVEL   TEST
    list      stable  [sig-apps] Listing
    watch     stable  [sig-apps] Watching
    exit 1"
  `);
  expect(await print(before, after, '--conformance', '--output', 'csv')).toMatchInlineSnapshot(`
    "
    change,endpoint,level,category,what,test,state,because
    lost,create,stable,core,tested,[sig-apps] Lifecycle -- all verbs [Conformance],gone,
    lost,delete,stable,core,tested,[sig-apps] Lifecycle -- all verbs [Conformance],gone,
    lost,patch,stable,core,tested,[sig-apps] Lifecycle -- all verbs [Conformance],gone,
    lost,read,stable,core,tested,[sig-apps] Lifecycle -- all verbs [Conformance],gone,
    lost,list,stable,core,conformance tested,[sig-apps] Lifecycle -- all verbs [Conformance],gone,
    test gone,,,,,[sig-apps] Lifecycle -- all verbs [Conformance],gone,
    single test,list,stable,core,tested,[sig-apps] Listing,,
    single test,watch,stable,core,tested,[sig-apps] Watching,,
    stderr: Note: 4 endpoints lost all tests, 1 endpoint lost all conformance tests. 5 of them were hit by '[sig-apps] Lifecycle -- all verbs [Conformance]', which is gone.
    exit 1"
  `);
});

test('as JSON and Markdown, with ignored losses', async () => {
  const [before, after] = await writeLoss();
  const ignore = join(await makeFolder(), 'ignore.yaml');
  await writeFile(
    ignore,
    `- {test: '${lifecycle}', reason: moved to 1.39, until: 2999-12-31}
- {endpoint: nothing, reason: fixed, until: 2999-12-31}
- {endpoint: create, reason: old, until: 2020-12-31}
`,
  );
  expect(await print(before, after, '--ignore', ignore, '--output', 'markdown')).toMatchInlineSnapshot(`
    "
    - **Before**: A (1.37.0): 6 of 6 endpoints tested; A
    - **After**: B (1.38.0): 2 of 6 endpoints tested; B
    - **Note**: Line 3 of --ignore (create) expired after 2020-12-31 and does not count.
    - **Note**: Line 2 of --ignore (nothing) matches nothing that was lost. Remove it.
    - **Answer**: Nothing was lost.

    ## Lost: 0 endpoints

    ## Ignored: 5 endpoints

    | endpoint | level | what | reason |
    | --- | --- | --- | --- |
    | create | stable | tested | moved to 1.39 (until 2999-12-31) |
    | delete | stable | tested | moved to 1.39 (until 2999-12-31) |
    | list | stable | conformance tested | moved to 1.39 (until 2999-12-31) |
    | patch | stable | tested | moved to 1.39 (until 2999-12-31) |
    | read | stable | tested | moved to 1.39 (until 2999-12-31) |

    ## Tests that are gone: 1

    | test | endpoints hit | lost |
    | --- | ---: | ---: |
    | \\[sig-apps\\] Lifecycle -- all verbs \\[Conformance\\] | 5 | 5 |

    ## Tests with a new name: 0

    ## Gained: 0 endpoints

    ## Removed from the API: 0 endpoints

    ## With a single test: 2 endpoints

    | endpoint | level | test |
    | --- | --- | --- |
    | list | stable | \\[sig-apps\\] Listing |
    | watch | stable | \\[sig-apps\\] Watching |
    exit 0"
  `);
  const { stdout, exitCode } = await ask(
    coverage,
    url,
    'regressions',
    before,
    after,
    '--ignore',
    ignore,
    '--output',
    'json',
  );
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ verdict: 'nothing lost', exitCode: 0, summary: 'Nothing was lost.' },
    ...{ before: { release: '1.37.0' }, after: { release: '1.38.0' }, lost: [], counting: null },
    excused: ['create', 'delete', 'list', 'patch', 'read'].map((endpoint) => ({ endpoint })),
  });
});

test('incomplete data: cannot tell, in each format', async () => {
  expect(await print('1.35', '1.36')).toMatchInlineSnapshot(`
    "
    Before  A (A.0): 3 of 8 endpoints tested; coverage made for tests and coverage file
    Note    the data of A.0 is incomplete: its totals lie.
    After   B (B.0): 3 of 9 endpoints tested; coverage made for tests and coverage file
    Answer  Cannot tell whether something was lost.
    Why     A is incomplete: its totals lie. Use the coverage of a whole run; 'snoop coverage diff' shows the differences all the same.
    exit 3"
  `);
  expect(await print('1.35', '1.36', '--output', 'csv')).toMatchInlineSnapshot(`
    "
    change,endpoint,level,category,what,test,state,because
    stderr: Note: Cannot tell whether something was lost.
    Note: A is incomplete: its totals lie. Use the coverage of a whole run; 'snoop coverage diff' shows the differences all the same.
    exit 3"
  `);
  const { stdout, exitCode } = await ask(coverage, url, 'regressions', '1.35', '1.36', '--output', 'json');
  expect(exitCode).toBe(3);
  const answer = JSON.parse(stdout);
  expect(answer).toMatchObject({ verdict: 'cannot tell', exitCode: 3, doubts: [expect.stringContaining('1.35')] });
  expect(answer).not.toHaveProperty('lost');
  expect(await print('1.35@published coverage', '1.36').catch((error: unknown) => String(error))).toContain(
    'no hits from the source',
  );
});

test('totals that contradict the list of a file: cannot tell', async () => {
  const [before, after] = await writeLoss();
  await writeFile(
    after,
    JSON.stringify({
      ...JSON.parse('{}'),
      release: '1.38.0',
      'tested endpoints': 4,
      endpoints: [
        {
          endpoint: 'create',
          path: '/create',
          level: 'stable',
          category: 'core',
          tested: true,
          conf_tested: false,
          tests: [listing],
        },
      ],
    }),
  );
  expect(await print(before, after)).toContain('4 tested endpoints by its totals, 1 by its list');
});

test('a published file and events: the note says what counting may do', async () => {
  const before = await writeCoverage('1.36.0', { createCoreV1NamespacedPod: [lifecycle], getCodeVersion: [lifecycle] });
  const text = await print(before, '1.36');
  expect(text).toContain('Counting differently alone may explain losses.');
  expect(text).toContain('exit 1');
});

test('a bad list of ignored losses is wrong use', async () => {
  const file = join(await makeFolder(), 'ignore.yaml');
  await writeFile(file, '- {endpoint: a, reason: b}\n');
  await expect(print('1.35', '1.36', '--ignore', file)).rejects.toMatchObject({ exitCode: 2, code: 'bad_ignore_list' });
});
