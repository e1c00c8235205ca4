import { expect, test } from 'vitest';
import { writeCoverageTable, writeProgressTable } from '../../src/site/tables.ts';
import type { ProgressFile, TableFile } from '../../src/ui/data/model.ts';

const release = { release: '1.37.0', origin: 'a test', coverageOrigin: 'a test', incomplete: null };
const row = {
  deprecated: false,
  kind: 'Widget',
  group: 'shop',
  action: 'get',
  level: 'stable',
  eligible: false,
  tests: 0,
};

test('the table for browsers without JavaScript names unknown coverage', () => {
  const endpoints = [
    { ...row, endpoint: 'a', tested: false, confTested: false, unknown: null },
    { ...row, endpoint: 'b', tested: null, confTested: null, unknown: 'not listed' },
  ];
  const html = writeCoverageTable({ release, endpoints } as unknown as TableFile);
  expect(html).toContain(
    '2 endpoints that are not deprecated: 0 tested, 0 conformance tested, 1 unknown: no loaded coverage can tell',
  );
  expect(html).toContain('<tr><td>a<td>Widget<td>shop<td>get<td>stable<td>no<td>no<td>no<td>0\n');
  expect(html).toContain('<tr><td>b<td>Widget<td>shop<td>get<td>stable<td>unknown<td>unknown<td>no<td>\n');
});

test('progress has a column of unknown endpoints if there are any', () => {
  const write = (unknown: number): string =>
    writeProgressTable({
      releases: [{ release: '1.37.0', unknown }],
      history: null,
      baseline: null,
    } as unknown as ProgressFile);
  expect(write(0)).not.toContain('unknown');
  expect(write(2)).toContain('<th scope="col">new, coverage unknown<tbody>');
  expect(write(2)).toMatch(/<td>2\n/);
});
