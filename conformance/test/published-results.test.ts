import { describe, expect, test } from 'vitest';
import { compareResults, readJunit, readSuiteLog, SuiteLogReader } from '../src/index.ts';
import { hasSubmissions, readShared } from './support/submissions.ts';

const readResults = (product: string) => readJunit(readShared(`submissions/v1.33/${product}/junit_01.xml`));

describe.skipIf(!hasSubmissions)('published results of 1.33', () => {
  test.each([
    ['kind', 7292.831],
    ['k3s', 6465.232],
  ])('%s: JUnit and log have the same counts', async (product, seconds) => {
    const { suites, caseCounts, tests, suiteNodes } = await readResults(product);
    const log = await readSuiteLog(readShared(`submissions/v1.33/${product}/e2e.log`));
    expect(caseCounts).toEqual({ passed: 419, failed: 0, flaked: 0, skipped: 6312, pending: 0 });
    expect(log.summaries).toMatchObject([{ ran: 419, total: 6731, seconds, hasSucceeded: true, counts: caseCounts }]);
    expect(log.ended).toEqual(caseCounts);
    expect(log.plan).toEqual({ willRun: 419, total: 6731 });
    expect(log.hasPassed).toBe(true);
    expect(suites.map(({ declared, properties }) => [declared.tests, properties.get('FocusStrings')])).toEqual([
      [6735, '\\[Conformance\\]'],
    ]);
    expect(suiteNodes.map(({ name, state }) => `${name} ${state}`)).toEqual([
      '[ReportBeforeSuite] passed',
      '[SynchronizedBeforeSuite] passed',
      '[SynchronizedAfterSuite] passed',
      '[ReportAfterSuite] Kubernetes e2e suite report passed',
    ]);
    const passed = tests.filter(({ state }) => state === 'passed').map(({ name }) => name);
    expect(passed.sort()).toEqual(listCodenames(readShared('conformance/conformance-v1.33.yaml').toString()).sort());
  });

  test('a verbose log names the tests that passed as JUnit does', async () => {
    const { tests } = await readResults('k3s');
    const reader = new SuiteLogReader();
    const events = [...reader.feed(readShared('submissions/v1.33/k3s/e2e.log')), ...reader.end()];
    const logged = events.flatMap((event) =>
      event.type === 'specs-ended' && event.state === 'passed' ? [event.name] : [],
    );
    const passed = tests.filter(({ state }) => state === 'passed').map(({ name }) => name);
    expect(logged.sort()).toEqual(passed.sort());
  });

  test('two products have the same tests', async () => {
    const comparison = compareResults((await readResults('kind')).tests, (await readResults('k3s')).tests);
    expect(Object.values(comparison).flat()).toEqual([]);
  });
});

/** The codenames of a conformance.yaml as kubernetes/kubernetes generates it: plain, or in single quotes, over some lines. */
function listCodenames(yaml: string): string[] {
  return [...yaml.matchAll(/^ {2}codename: (.*(?:\n {4}.*)*)/gm)].map(([, text = '']) => {
    const line = text.replace(/\n +/g, ' ');
    return line.startsWith("'") ? line.slice(1, -1).replaceAll("''", "'") : line;
  });
}
