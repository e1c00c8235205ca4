import { expect, test } from 'vitest';
import { printReport } from '../../src/report/print.ts';
import { createReport } from '../../src/report/report.ts';
import { sampleCoverage } from './sample-coverage.ts';

const note = { test: 1, step: null, method: 'GET', path: '/%zz', code: 400, endpoint: null };

test('lists requests without events and events that do not match; the report is complete', () => {
  const coverage = sampleCoverage([], {
    evidence: {
      sent: 3,
      recorded: 2,
      noAnswer: [],
      beforeAudit: [{ ...note, reason: 'answered by the HTTP server' }],
      missing: [],
      others: [
        {
          ...note,
          path: '/api',
          code: 200,
          reason: 'another event with this id (different path): get /x, from c',
        },
      ],
    },
  });
  const report = createReport(coverage);
  expect(report).toMatchObject({
    complete: true,
    evidenceSentence: '3 requests sent, 2 recorded, 1 answered before the audit layer',
  });
  for (const format of ['text', 'markdown'] as const) {
    const printed = printReport(report, format, false);
    expect(printed).toMatch(/Requests answered before the audit layer[\s\S]*%zz/);
    expect(printed).toMatch(/Events with the id of a request that do not match it[\s\S]*different path/);
  }
});
