import { count } from '../blocks.ts';
import type { Fence, Section } from '../markdown/document.ts';
import type { Rule } from './linted-ticket.ts';
import { readResult } from './result-table.ts';

/** Checks the results of a ticket without evidence: a query has one, which is not empty and has as many rows as it says. */
export const checkResults: Rule = ({ document, written }, report) => {
  if (written) return;
  for (const section of document.sections) {
    for (const fence of section.fences) {
      const table = readResult(fence);
      if (table?.counted && table.counted.rows !== table.rows.length) {
        const { line, rows } = table.counted;
        report(
          'error',
          'row-count',
          line,
          `The result has ${count(table.rows.length, 'row')}, but says ${rows}. Paste the whole result.`,
        );
      }
      if (table && table.rows.length === 0) report('error', 'empty-result', fence.line, emptyResult);
      if (!table && isResult(fence) && fence.text.trim() === '')
        report('error', 'empty-result', fence.line, emptyResult);
      if (/^sql/i.test(fence.language) && !hasResult(fence, section)) {
        report('error', 'empty-result', fence.line, 'The query has no result. Run it, and add what it returned.');
      }
    }
  }
};

const emptyResult = 'The result is empty. Run the query after the test, and paste what it returned.';

function isResult({ language }: Fence): boolean {
  return language === 'example' || language === 'text';
}

/** Whether a block follows before the next query. */
function hasResult(query: Fence, { fences }: Section): boolean {
  const next = fences.find(({ line }) => line > query.line);
  return next !== undefined && !/^sql/i.test(next.language);
}
