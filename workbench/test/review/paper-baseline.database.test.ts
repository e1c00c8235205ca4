import { loadNeededReleases, type RunDocument } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { checkOnPaper } from '../../src/review/paper-checks.ts';
import { makeDatabase } from '../support/database.ts';
import { makeRunDocument } from '../support/made-run.ts';

const { pool } = await makeDatabase();

function makeDocument(changes: Partial<RunDocument['endpoints'][number]> = {}): RunDocument {
  const endpoint = { kind: 'Namespace', path: '/api/v1/namespaces', ...changes };
  return makeRunDocument({ requests: [{ endpoint: 'listCoreV1Namespace' }], endpoint });
}

async function findingsOf(document: RunDocument): Promise<string[]> {
  const findings = await checkOnPaper(document, pool);
  return findings.map(({ severity, message }) => `${severity}: ${message}`);
}

test('a shipped release is loaded for the check', async () => {
  expect(await findingsOf(makeDocument())).toEqual([]);
  expect(await loadNeededReleases(pool, ['1.36.0'])).toEqual([]);
});

test.each<[string, Partial<RunDocument['endpoints'][number]>, string]>([
  ['untested', { hit_by_ete: false }, 'hit_by_ete is false; by the data of 1.36.0 here it is true.'],
  [
    'new to conformance',
    { hit_by_conformance: false },
    'hit_by_conformance is false; by the data of 1.36.0 here it is true.',
  ],
  ['ineligible', { eligible: false }, 'eligible is false; by the data of 1.36.0 here it is true.'],
  ['of another kind', { kind: 'Secret' }, 'kind is Secret; by the data of 1.36.0 here it is Namespace.'],
  [
    'at another path',
    { path: '/api/v1/secrets' },
    'path is /api/v1/secrets; by the data of 1.36.0 here it is /api/v1/namespaces.',
  ],
  ['beta', { level: 'beta' }, 'level is beta; by the data of 1.36.0 here it is stable.'],
  ['not in the baseline', { in_baseline: false }, 'in_baseline is false; by the data of 1.36.0 here it is true.'],
])('an endpoint is not %s', async (_name, changes, sentence) => {
  expect(await findingsOf(makeDocument(changes))).toEqual([
    `error: listCoreV1Namespace: ${sentence} The data there: a test.`,
  ]);
});

test('an endpoint of another release, and another endpoint for a request', async () => {
  const renamed = makeRunDocument({ requests: [{ endpoint: 'listCoreV1Gizmo' }, { endpoint: 'listCoreV1Node' }] });
  expect(await findingsOf(renamed)).toEqual([
    'error: listCoreV1Gizmo: in_baseline is true; by the data of 1.36.0 here it is false. The data there: a test.',
    'error: GET /api/v1/namespaces: endpoint is listCoreV1Node; by the data of 1.36.0 here it is listCoreV1Namespace. The data there: a test.',
  ]);
});

test('figures of the whole baseline', async () => {
  const row = { category: 'stable', total_endpoints: 1, old_coverage: 1, old_conformance_coverage: 1 } as const;
  const findings = await findingsOf({ ...makeDocument(), coverage_before: [row] });
  expect(findings).toHaveLength(3);
  expect(findings[0]).toMatch(/^error: stable: total_endpoints is 1; by the data of 1\.36\.0 here it is \d+\./);
});

test('a release that does not ship is not checked, and hostile names of releases are not looked up', async () => {
  for (const release of ['1.5.0', '1.36.0\0', "1.36.0'; drop table x"]) {
    const unloaded = `Release ${release} is not loaded here, so its figures were not checked.`;
    const [claiming, plain] = [makeDocument({ hit_by_ete: false }), makeDocument()];
    expect(await findingsOf({ ...plain, baseline: { ...plain.baseline, release } })).toEqual([`note: ${unloaded}`]);
    expect(await findingsOf({ ...claiming, baseline: { ...claiming.baseline, release } })).toEqual([
      `warning: ${unloaded} They decide what is newly hit.`,
    ]);
  }
});

test('incomplete data of a baseline is not called complete', async () => {
  const document = makeDocument({ in_baseline: false });
  const findings = await findingsOf({ ...document, baseline: { ...document.baseline, release: '1.34.0' } });
  expect(findings).toContainEqual(expect.stringMatching(/^error: the baseline: incomplete is null; .* contradicts/));
});
