import { expect, test } from 'vitest';
import { describeTested } from '../../src/report/endpoint-coverage.ts';
import { formatEndpoint, listHeadLines } from '../../src/report/columns.ts';
import { explainNoChange } from '../../src/report/no-change.ts';
import { createReport } from '../../src/report/report.ts';
import { createEndpointTables } from '../../src/report/test-rows.ts';
import { changeOf, endpointHit, sampleCoverage } from './sample-coverage.ts';

const hit = endpointHit('readStorageV1CSINodeStatus', { e2e: false, conformance: false, unknown: true });

test('reports an endpoint with unknown coverage as neither tested nor untested', () => {
  expect(formatEndpoint(hit).slice(-3)).toEqual(['unknown', 'unknown', 'coverage unknown: changes no number']);
  const reason = 'The published coverage does not list it.';
  expect(
    describeTested(
      { deprecated: false, tested: null, confTested: null, unknown: reason },
      { all: 0, conformance: 0 },
      '1.37.0',
    ),
  ).toBe(`unknown: ${reason}`);
});

test('names the endpoints of the baseline with unknown coverage', () => {
  const coverage = sampleCoverage([hit]);
  const report = createReport({ ...coverage, baseline: { ...coverage.baseline, unknown: 4 } });
  expect(new Map(listHeadLines(report)).get('Baseline')).toContain('18 of 30 endpoints tested, 4 unknown; from');
});

test('explains a change of 0 by unknown coverage', () => {
  expect(explainNoChange(changeOf('stable'), sampleCoverage([hit]), 'tested')).toBe(
    'the coverage of 1 stable endpoint hit is unknown',
  );
});

test('counts endpoints with unknown coverage in the summary of a test', () => {
  const { passedOnly, tests } = sampleCoverage([hit]);
  const [table] = tests.flatMap((one) => createEndpointTables(one, { passedOnly }));
  expect(table?.summary).toBe('1 endpoint hit, none of them untested until now, 1 with unknown coverage');
});
