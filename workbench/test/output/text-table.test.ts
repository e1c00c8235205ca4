import { expect, test } from 'vitest';
import { createPaint } from '../../src/output/paint.ts';
import { formatTextTable } from '../../src/output/text-table.ts';

const plain = createPaint(false);

test('replaces control characters in headings as in cells', () => {
  const [head = '', cell = ''] = formatTextTable({ columns: ['c\u001b[32m'], rows: [['v\u001b[32m']] }, plain);
  expect(head + cell).not.toContain('\u001b');
});

test('a table may have any number of rows', () => {
  const rows = Array.from({ length: 300_000 }, (_, row) => [String(row)]);
  expect(formatTextTable({ columns: ['n'], rows }, plain)).toHaveLength(300_001);
});
