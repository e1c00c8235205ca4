import type { DocumentEndpoint, RunDocument } from '@snoop/snoopdb';
import { describe, expect, test } from 'vitest';
import { computeClaims } from '../../src/ticket/claims.ts';
import { writeCoverage } from '../../src/ticket/coverage-section.ts';
import { makeRunDocument } from '../support/made-run.ts';
import { readGoldenEvidence } from './support/golden-evidence.ts';

const claimed = { hit_by_ete: false, hit_by_conformance: false, eligible: true } as const;
const endpoint = 'createStorageV1VolumeAttributesClass';
const path = '/apis/storage.k8s.io/v1/volumeattributesclasses';

/** A run that hits one endpoint. */
function makeRun(fields: Partial<DocumentEndpoint> = {}, code = 201): RunDocument {
  return makeRunDocument({
    requests: [{ method: 'POST', path, endpoint, code, kind: 'VolumeAttributesClass' }],
    endpoint: { ...claimed, path, ...fields },
  });
}

describe('N', () => {
  test('counts eligible endpoints that no conformance test hits and that a passed test hit', () => {
    expect(computeClaims({ runs: [makeRun()] }).counted).toMatchObject([{ endpoint, hits: 1 }]);
  });

  test('counts an endpoint that other e2e tests hit', () => {
    expect(computeClaims({ runs: [makeRun({ hit_by_ete: true })] }).counted).toHaveLength(1);
  });

  const notCounted: readonly (readonly [string, RunDocument])[] = [
    ['is not eligible', makeRun({ eligible: false })],
    ['has a conformance test', makeRun({ hit_by_ete: true, hit_by_conformance: true })],
    ['is not in the baseline', makeRun({ in_baseline: false, eligible: false })],
    ['was answered 404', makeRun({}, 404)],
    ['was hit by a failed test', { ...makeRun(), tests: makeRun().tests.map((one) => ({ ...one, state: 'failed' })) }],
    ['was hit by an earlier try', { ...makeRun(), tests: makeRun().tests.map((one) => ({ ...one, tries: 2 })) }],
    [
      'got only a dry run',
      {
        ...makeRun(),
        requests: makeRun().requests.map((one) => ({ ...one, is_dry_run: true })),
        evidence: makeRun().evidence.map((one) => ({ ...one, is_dry_run: true, is_hit: false })),
      },
    ],
    ['was hit by others', { ...makeRun(), requests: [], evidence: [] }],
    ['is not recorded', { ...makeRun(), evidence: [] }],
  ];

  test.for(notCounted)('does not count an endpoint that %s', ([, run]) => {
    expect(computeClaims({ runs: [run] }).counted).toEqual([]);
  });

  test('counts an endpoint of several runs once, and as new only if it is with the newest baseline', () => {
    const older = makeRun();
    const baseline = { ...older.baseline, release: '1.9.0' };
    const tested = makeRun({ hit_by_ete: true, hit_by_conformance: true });
    expect(computeClaims({ runs: [makeRun(), makeRun()] }).counted).toHaveLength(1);
    expect(computeClaims({ runs: [tested, { ...older, baseline }] }).counted).toEqual([]);
    const claims = computeClaims({ runs: [{ ...tested, baseline }, older] });
    expect(claims.counted).toHaveLength(1);
    expect(claims.doubts).toEqual(['the runs were compared with different baselines: 1.9.0, 1.36.0.']);
  });

  test('is not certain with an incomplete baseline', async () => {
    const { doubts, counted } = computeClaims(await readGoldenEvidence());
    expect(counted).toHaveLength(7);
    expect(doubts).toEqual([
      'the data of the baseline is incomplete. The published coverage of 1.34.0 contradicts itself: 46 eligible endpoints without a conformance test by its totals, 87 by its list.',
    ]);
    expect(computeClaims({ runs: [makeRun()] }).doubts).toEqual([]);
  });
});

test('an endpoint with unknown coverage is not counted, makes N uncertain, and is unknown in the table', () => {
  const documents = [makeRun({ unknown: true })];
  const { runs, counted, doubts, raised } = computeClaims({ runs: documents });
  expect([counted, raised]).toEqual([[], []]);
  expect(doubts).toEqual([`the data of the baseline cannot tell if a conformance test hits ${endpoint}.`]);
  expect(computeClaims({ runs: [makeRun({ unknown: true, eligible: false })] }).doubts).toEqual([]);
  const columns = 'hit_by_ete, hit_by_conformance, eligible, hit_by_new_test';
  expect(writeCoverage(runs, 9)).toContain(`select endpoint, ${columns}, unknown\n`);
  expect(writeCoverage(runs, 9)).toMatch(/VolumeAttributesClass \| f +\| f +\| t +\| +1 \| t\n/);
  expect(writeCoverage(computeClaims({ runs: [makeRun()] }).runs, 9)).toContain(`select endpoint, ${columns}\n`);
});

const link = 'https://example.com/1';
const raised: readonly (readonly [string, Partial<DocumentEndpoint>, object])[] = [
  [
    'a stable endpoint that is not eligible, with the reason',
    { eligible: false, reason: 'optional feature', link },
    { what: 'ineligible', reason: { reason: 'optional feature', link } },
  ],
  ['a beta endpoint', { eligible: false, level: 'beta' }, { what: 'beta', reason: null }],
  ['an alpha endpoint', { eligible: false, level: 'alpha' }, { what: 'alpha', reason: null }],
  ['an endpoint of a later release', { eligible: false, in_baseline: false }, { what: 'not in the baseline' }],
  [
    "a CRD's endpoint",
    { eligible: false, in_baseline: false, path: '/apis/example.com/v1/widgets' },
    { what: 'other API' },
  ],
];

test.for(raised)('names %s as raised', ([, fields, expected]) => {
  const claims = computeClaims({ runs: [makeRun(fields)] });
  expect(claims.raised).toMatchObject([{ ...expected, endpoints: [{ endpoint }] }]);
});

test('raises nothing by tested and by deprecated endpoints', () => {
  const tested = makeRun({ hit_by_ete: true, hit_by_conformance: true });
  const deprecated = makeRun({ eligible: false, deprecated: true });
  expect(computeClaims({ runs: [tested] }).raised).toEqual([]);
  expect(computeClaims({ runs: [deprecated] }).raised).toEqual([]);
});
