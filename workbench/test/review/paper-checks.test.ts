import { expect, test } from 'vitest';
import { checkOnPaper } from '../../src/review/paper-checks.ts';
import { type MadeRun, makeRunDocument } from '../support/made-run.ts';

async function findingsOf(made: MadeRun): Promise<string[]> {
  const findings = await checkOnPaper(makeRunDocument(made), null);
  return findings.map(
    ({ severity, rule, file, message, blocks }) =>
      `${severity} ${rule} ${file}: ${message}${blocks ? ' (blocks)' : ''}`,
  );
}

test('finds nothing in a good run', async () => {
  expect(await findingsOf({})).toEqual([]);
});

const source = { content: '', omitted: null };

test.each<[string, MadeRun, string]>([
  [
    'a path out of the folder',
    { files: [{ ...source, file: '../../.bashrc' }] },
    'error file-name ../../.bashrc: The name of this source leads out of its folder. (blocks)',
  ],
  [
    'a source without content',
    { files: [{ file: 'a.live.ts', content: null, omitted: 'larger than 1 MiB' }] },
    'warning no-source a.live.ts: This source is not in the document: larger than 1 MiB. (blocks)',
  ],
  [
    'a test without its source',
    { tests: [{ file: 'b.live.ts' }] },
    'warning no-source b.live.ts: The source of this test is not in the document. (blocks)',
  ],
  ['a run without a test', { tests: [] }, 'warning no-source 20261130-100000-abcdef: The run has no test. (blocks)'],
  [
    'a run of another program',
    { run: { command: 'snoop exec -- kubectl get ns' } },
    "warning no-source 20261130-100000-abcdef: 'snoop exec -- kubectl get ns' is not a live test, so it cannot be run again from here. (blocks)",
  ],
  [
    'a missing import',
    { files: [{ file: 'a.live.ts', content: "import './b.ts';", omitted: null }] },
    "warning missing-import a.live.ts: It imports './b.ts', a file that is not in the ticket. (blocks)",
  ],
  [
    'a computed import',
    { files: [{ file: 'a.live.ts', content: 'import(String(Math.random()));', omitted: null }] },
    'note computed-import a.live.ts: It imports what it computes; read what that is.',
  ],
  [
    'a hidden character',
    { files: [{ file: 'a.live.ts', content: '// \u202e\n', omitted: null }] },
    'warning hidden-characters a.live.ts: Characters that an editor does not show, in lines 1.',
  ],
  ['a failed run', { run: { state: 'failed' } }, 'warning run-state 20261130-100000-abcdef: The run failed.'],
  [
    'a failed test',
    { tests: [{ state: 'failed', error: 'no' }] },
    "warning test-state 20261130-100000-abcdef: The test 'one' failed.",
  ],
  [
    'an outline',
    { tests: [{ state: 'outlined' }] },
    'note outline 20261130-100000-abcdef: Its tests are outlined: there is nothing to run yet. (blocks)',
  ],
  [
    'a work tree with changes',
    { run: { git_dirty: true } },
    'note dirty-tree 20261130-100000-abcdef: It ran in a work tree with changes, so its commit does not identify the sources.',
  ],
  [
    'hits that no event proves',
    { endpoint: { hit_by_new_test: 5 } },
    'error hits 20261130-100000-abcdef: listCoreV1Namespace: 5 hits are listed; the events prove 1.',
  ],
])('finds %s', async (_name, made, finding) => {
  expect(await findingsOf(made)).toContain(finding);
});

test('finds events that contradict their requests', async () => {
  const document = makeRunDocument({ requests: [{ endpoint: 'a' }, { endpoint: 'b', code: 404 }] });
  const [first, second] = document.evidence;
  if (!first || !second) throw new Error('Two events were made.');
  const changed = [
    { ...first, audit_id: 'another' },
    { ...second, code: 201, is_hit: true },
    { ...second, is_hit: true },
  ];
  const findings = await checkOnPaper({ ...document, evidence: changed }, null);
  expect(findings.map(({ rule, message }) => `${rule}: ${message}`)).toEqual([
    'evidence: Evidence is missing for 1 of 2 requests.',
    'hits: b: 0 hits are listed; the events prove 1.',
    'hits: a: 1 hits are listed; the events prove 0.',
    'event: An event has the Audit-ID another, which no request of the run has.',
    'event: GET /api/v1/namespaces: the client saw 404, the event has 201.',
    'event: The event of GET /api/v1/namespaces is counted as a hit with the code 404.',
  ]);
});
