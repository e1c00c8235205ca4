import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listSpecs, readSpecs } from '../../src/e2e-suite/list-specs.ts';
import { makeFolder } from '../support/folder.ts';

function describeSpec(change: Readonly<Record<string, unknown>> = {}) {
  return {
    ContainerHierarchyTexts: ['[sig-apps] Job'],
    LeafNodeType: 'It',
    LeafNodeText: 'should delete a job [Conformance]',
    LeafNodeLocation: { FileName: 'k8s.io/kubernetes@v1.37.2/test/e2e/apps/job.go', LineNumber: 5 },
    State: 'passed',
    ...change,
  };
}

const report = (...specs: unknown[]) => [{ SuiteDescription: 'Kubernetes e2e suite', SpecReports: specs }];

test('reads names and files as in conformance.yaml, and which specs run alone', () => {
  const { specs, suite } = readSpecs(
    report(
      describeSpec({ LeafNodeText: 'z [Serial]' }),
      describeSpec(),
      describeSpec({ LeafNodeText: 'ordered', IsInOrderedContainer: true }),
      describeSpec({ LeafNodeText: 'not selected', State: 'skipped' }),
      { LeafNodeType: 'ReportAfterSuite', State: 'passed' },
      // Outside a container; the path of a suite that was built from a checkout.
      describeSpec({
        ContainerHierarchyTexts: null,
        LeafNodeText: 'alone',
        LeafNodeLocation: { FileName: '/go/src/k8s.io/kubernetes/test/e2e/apps/job.go' },
      }),
    ),
  );
  expect(suite).toBe('Kubernetes e2e suite');
  expect(specs).toEqual([
    { name: '[sig-apps] Job ordered', file: 'test/e2e/apps/job.go', isSerial: true },
    { name: '[sig-apps] Job should delete a job [Conformance]', file: 'test/e2e/apps/job.go', isSerial: false },
    { name: '[sig-apps] Job z [Serial]', file: 'test/e2e/apps/job.go', isSerial: true },
    { name: 'alone', file: 'test/e2e/apps/job.go', isSerial: false },
  ]);
});

/** Writes an e2e.test that runs this shell script. */
async function writeSuite(script: string): Promise<string> {
  const path = join(await makeFolder(), 'e2e.test');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const { signal } = new AbortController();

test('asks the suite itself, with focus and skip', async () => {
  const program = await writeSuite(`
    for word; do case "$word" in --ginkgo.json-report=*) file="\${word#*=}";; esac; done
    printf '%s' '${JSON.stringify(report(describeSpec({ LeafNodeText: 'FOCUS' })))}' | /bin/sed "s/FOCUS/$4 $5/" >"$file"`);
  const { specs } = await listSpecs(program, { focus: 'Job', skip: 'Slow' }, signal);
  expect(specs.map(({ name }) => name)).toEqual(['[sig-apps] Job --ginkgo.focus=Job --ginkgo.skip=Slow']);
});

test.each([
  [
    'a bad regular expression',
    "echo 'panic: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`'; exit 2",
    { code: 'wrong_use', message: '--focus or --skip: error parsing regexp: missing closing ): `(`' },
  ],
  [
    'a suite that fails',
    'echo broken; exit 3',
    { code: 'bad_suite', message: expect.stringMatching(/specs: broken$/) },
  ],
  ['a suite without a report', 'exit 0', { code: 'bad_suite' }],
  [
    'another report',
    `for word; do case "$word" in --ginkgo.json-report=*) echo "{}" >"\${word#*=}";; esac; done`,
    { code: 'bad_suite', message: expect.stringContaining('has no list of specs') },
  ],
])('reports %s', async (_what, script, expected) => {
  await expect(listSpecs(await writeSuite(script), { focus: '(', skip: null }, signal)).rejects.toMatchObject(expected);
});

test('refuses a regular expression that no program can be given', async () => {
  await expect(listSpecs('/none', { focus: 'x'.repeat(200_000), skip: null }, signal)).rejects.toMatchObject({
    code: 'wrong_use',
  });
});
