import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { readJunit } from '@snoop/conformance';
import { expect, test } from 'vitest';
import { copyEvents, formatPassed, readEarlierRun } from '../../src/audit-run/earlier-run.ts';
import { createRunFile } from '../../src/audit-run/folder/run-file.ts';
import { readOutcomes } from '../../src/audit-run/read-outcomes.ts';
import { RunDraft } from '../../src/audit-run/run-draft.ts';
import { makeFolder } from '../support/folder.ts';

function describeEndpoint(endpoint: string, path: string, tests: readonly string[]) {
  const about = { level: 'stable', category: 'core', group: '', version: 'v1', kind: 'Pod', action: 'list' };
  return { ...about, endpoint, path, tests, tested: tests.length > 0, conf_tested: false };
}

const coverage = {
  ...{ release: '1.36.3', sources: ['snoop audit-run first'], spec: 'a document' },
  endpoints: [
    describeEndpoint('listCoreV1Pod', '/api/v1/pods', ['[sig-apps] a', '[sig-apps] b']),
    describeEndpoint('listCoreV1Node', '/api/v1/nodes', []),
  ],
};

const junit = `<testsuites><testsuite name="Kubernetes e2e suite">
  <testcase name="[It] [sig-apps] a [sig-apps]" classname="Kubernetes e2e suite" status="passed" time="1"/>
  <testcase name="[It] [sig-apps] without requests [sig-apps]" classname="Kubernetes e2e suite" status="passed" time="1"/>
  <testcase name="[It] [sig-apps] c [sig-apps]" classname="Kubernetes e2e suite" status="failed" time="1"><failure/></testcase>
  <testcase name="[It] [sig-apps] d [sig-apps]" classname="Kubernetes e2e suite" status="skipped" time="0"><skipped/></testcase>
</testsuite></testsuites>`;

async function writeRun(reasons: readonly string[] = []): Promise<string> {
  const folder = join(await makeFolder(), 'run');
  const draft = RunDraft.create(folder);
  draft.writeJson('coverage.json', coverage);
  draft.writeText('junit/junit_01.xml', junit);
  draft.writeText('events.jsonl.gz', 'events');
  draft.writeText('events-zero.jsonl.gz', 'earlier events');
  await draft.finish((files) =>
    createRunFile({
      ...{
        id: 'first',
        program: '0.1.0',
        document: '1.36.0',
        policy: null,
        command: [],
        resumes: null,
        exitCode: 1,
        gateExitCode: null,
      },
      cluster: { kind: 'local', version: '1.36.3', commit: null, server: 'https://127.0.0.1:6443', sources: ['s'] },
      ...{ startedAt: '2026-11-30T10:00:00Z', endedAt: '2026-11-30T10:20:00Z' },
      counters: { sent: 1, errors: 0, stored: 1, rejected: 0, uncertain: 0 },
      ...{ complete: reasons.length === 0, reasons, files },
    }),
  );
  return folder;
}

test('what passed counts, by JUnit and by coverage, which has the tests of still earlier runs', async () => {
  const { passed, hits, sources, reasons, release } = await readEarlierRun(await writeRun(), readOutcomes);
  expect([...passed]).toEqual(['[sig-apps] a', '[sig-apps] b', '[sig-apps] without requests']);
  expect(hits.map(({ test: name, endpoint, isHit }) => [name, endpoint, isHit])).toEqual([
    ['[sig-apps] a', 'listCoreV1Pod', true],
    ['[sig-apps] b', 'listCoreV1Pod', true],
  ]);
  expect({ sources, reasons, release }).toEqual({ sources: coverage.sources, reasons: [], release: '1.36.3' });
});

test('an interrupted run can be continued; events that it lost stay lost', async () => {
  const folder = await writeRun([
    'The run was interrupted.',
    'The suite was ended by SIGKILL.',
    '2 of 9 processes left no JUnit, so their specs count as not run.',
    '2 of 9 audit events are not stored.',
  ]);
  expect((await readEarlierRun(folder, readOutcomes)).reasons).toEqual([
    'In the earlier run first: 2 of 9 audit events are not stored.',
  ]);
});

test('what passed is JUnit of the later run', async () => {
  const text = formatPassed(await readEarlierRun(await writeRun(), readOutcomes));
  const { tests } = await readJunit(Readable.from([Buffer.from(text)]));
  expect(tests.map(({ name, state }) => `${name}: ${state}`)).toEqual([
    '[sig-apps] a: passed',
    '[sig-apps] b: passed',
    '[sig-apps] without requests: passed',
  ]);
});

test('the events of all runs are kept', async () => {
  const earlier = await readEarlierRun(await writeRun(), readOutcomes);
  const into = await makeFolder();
  copyEvents(earlier, into);
  expect(readFileSync(join(into, 'events-first.jsonl.gz'), 'utf8')).toBe('events');
  expect(readFileSync(join(into, 'events-zero.jsonl.gz'), 'utf8')).toBe('earlier events');
  expect(existsSync(join(into, 'events.jsonl.gz'))).toBe(false);
});

test('refuses a folder that was changed, and one without a run', async () => {
  const folder = await writeRun();
  writeFileSync(join(folder, 'coverage.json'), JSON.stringify(coverage).replace('apps] b', 'apps] c'));
  await expect(readEarlierRun(folder, readOutcomes)).rejects.toMatchObject({ code: 'bad_run_folder' });
  await expect(readEarlierRun('/nowhere', readOutcomes)).rejects.toMatchObject({ code: 'bad_run_folder' });
});
