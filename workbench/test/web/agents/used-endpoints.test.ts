import type { HitsAnswer } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { filterUsed, type Mark, readMark } from '../../../web/src/agents/used-endpoints.ts';

type Used = HitsAnswer['endpoints'][number];
const used = (endpoint: string, more: Partial<Used> = {}): Used => ({
  ...{ endpoint, level: 'stable', deprecated: false, tested: true, confTested: true, inRelease: true },
  ...{ agents: [], sources: [], firstSeenAt: null },
  ...more,
});
const endpoints = [
  used('plain'),
  used('beta', { level: 'beta', tested: false }),
  used('alpha', { level: 'alpha' }),
  used('deprecated', { deprecated: true, tested: null }),
  used('elsewhere', { inRelease: false, deprecated: null, tested: null, level: null }),
];

test.each<[Mark | null, string[]]>([
  [null, ['plain', 'beta', 'alpha', 'deprecated', 'elsewhere']],
  ['beta', ['beta']],
  ['alpha', ['alpha']],
  ['deprecated', ['deprecated']],
  ['untested', ['beta']],
  ['notInRelease', ['elsewhere']],
])('%s', (mark, expected) => {
  expect(filterUsed(endpoints, mark).map(({ endpoint }) => endpoint)).toEqual(expected);
});

test.each([undefined, '', 'constructor', '<script>'])('%j is not a mark', (text) => {
  expect(readMark(text)).toBeNull();
});
