import { readFileSync } from 'node:fs';
import { listSchemaErrors } from '@snoop/snoopdb/test-json-schema';
import { expect, test } from 'vitest';
import { printReport } from '../../src/report/print.ts';
import { sampleReports } from './sample-reports.ts';

const schema = new URL('../../schemas/report.json', import.meta.url);

test.each(Object.entries(sampleReports))('the JSON of %s fits schemas/report.json', (_kind, report) => {
  expect(listSchemaErrors(schema, JSON.parse(printReport(report, 'json', false)))).toEqual([]);
});

test('the schema knows every field, and refuses others', () => {
  const report: Record<string, unknown> = JSON.parse(printReport(sampleReports['a run'], 'json', false));
  const { properties }: { properties: object } = JSON.parse(readFileSync(schema, 'utf8'));
  expect(Object.keys(properties).sort()).toEqual(Object.keys(report).sort());
  expect(listSchemaErrors(schema, { ...report, more: 1 })).toHaveLength(1);
  expect(listSchemaErrors(schema, { ...report, complete: 'yes' })).toHaveLength(1);
});
