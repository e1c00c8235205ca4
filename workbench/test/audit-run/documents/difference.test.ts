import type { DataSet } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { createDifference } from '../../../src/audit-run/documents/difference.ts';

function createData(name: string, hits: Readonly<Record<string, readonly string[]>>): DataSet {
  const endpoints = Object.entries(hits).map(([endpoint, tests]) => {
    const confTested = tests.some((one) => one.includes('[Conformance]'));
    const tested = tests.length > 0;
    return [endpoint, { level: 'stable', category: 'core', tested, confTested, tests, namelessHit: false }] as const;
  });
  return {
    ...{
      name,
      release: '1.36.0',
      origin: name,
      incomplete: null,
      countsFailures: false,
      hasDocument: true,
      digest: null,
    },
    ...{ endpoints: new Map(endpoints), unknown: new Set() },
  };
}

const [a, b, c] = ['a [Conformance]', 'b', 'c [Conformance]'];
const before = createData('before', { alpha: [a], beta: [a, b], gamma: [b], delta: [c], epsilon: [] });

const summarize = (run: DataSet, ran: readonly string[]) => {
  const { difference, notRun, tests } = createDifference(before, run, new Set(ran));
  const list = (shifts: readonly { endpoint: string; what: string }[] = []): string[] =>
    shifts.map(({ endpoint, what }) => `${endpoint} ${what}`);
  return { lost: list(difference?.lost), gained: list(difference?.gained), notRun, tests };
};

test('a run of all tests loses what it does not hit', () => {
  const run = createData('run', { alpha: [a], beta: [a], gamma: [], delta: [], epsilon: [c] });
  expect(summarize(run, [a, b, c])).toEqual({
    lost: ['delta tested', 'gamma tested'],
    gained: ['epsilon tested'],
    notRun: { tests: 0, endpoints: [] },
    tests: [{ test: c, missing: ['delta'], added: ['epsilon'] }],
  });
});

test('a run of some tests loses only what these hit', () => {
  const run = createData('run', { alpha: [], beta: [a], gamma: [], delta: [], epsilon: [a] });
  expect(summarize(run, [a])).toEqual({
    lost: ['alpha tested'],
    gained: ['epsilon tested'],
    notRun: { tests: 2, endpoints: ['delta', 'gamma'] },
    tests: [{ test: a, missing: ['alpha'], added: ['epsilon'] }],
  });
});

test('a test that ran and failed loses what it hit', () => {
  const run = createData('run', { alpha: [], beta: [], gamma: [], delta: [], epsilon: [] });
  expect(summarize(run, [b]).lost).toEqual(['beta tested', 'gamma tested']);
});

test('an endpoint that another test hit before is not gained', () => {
  const run = createData('run', { alpha: [], beta: [], gamma: ['other'], delta: [], epsilon: [] });
  expect(summarize(run, ['other']).gained).toEqual([]);
});

test('a run without any test of the other loses nothing', () => {
  const run = createData('run', { alpha: [], beta: [], gamma: [], delta: [], epsilon: [] });
  expect(summarize(run, ['other'])).toMatchObject({
    lost: [],
    notRun: { tests: 3, endpoints: ['alpha', 'beta', 'delta', 'gamma'] },
  });
});
