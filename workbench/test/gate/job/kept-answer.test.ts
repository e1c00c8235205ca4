import { describe, expect, test } from 'vitest';
import type { Gap } from '../../../src/gate/answer.ts';
import { createDoubt, maxKeptBytes, parseKeptAnswer, shortenAnswer } from '../../../src/gate/job/kept-answer.ts';
import { formatJson } from '../../../src/output/control-characters.ts';
import { createAnswer, createGap, doubtfulAnswer, missingAnswer } from './answers.ts';

const first = '2026-11-30T10:00:00.000Z';
const second = '2026-11-30T16:00:00.000Z';

test('counts the states', () => {
  const answer = createAnswer({
    ...missingAnswer,
    debt: [createGap('listOld')],
    stale: [{ list: 'pending', endpoint: 'a', line: 1, why: 'It is tested.' }],
  });
  expect(shortenAnswer(answer, first, null)).toMatchObject({
    counts: { missing: 2, notYetProven: 1, debt: 1, due: 0, pending: 0, stale: 1 },
    endpoints: [
      { endpoint: 'listExample', state: 'missing' },
      { endpoint: 'readExample', state: 'missing' },
      { endpoint: 'patchExample', state: 'not yet proven' },
      { endpoint: 'listOld', state: 'debt' },
    ],
    moreEndpoints: 0,
  });
});

test('one that cannot tell has no counts, but keeps those of the last one that could', () => {
  const counted = shortenAnswer(missingAnswer, first, null);
  const doubtful = shortenAnswer(doubtfulAnswer, second, counted);
  expect(doubtful).toMatchObject({ verdict: 'cannot tell', exitCode: 3, counts: null, endpoints: [] });
  expect(doubtful.lastCounts).toEqual({ answeredAt: first, counts: counted.counts });
  const crashed = createDoubt('snoop gate was ended by SIGKILL', second, doubtful);
  expect(crashed.lastCounts).toEqual(doubtful.lastCounts);
  expect(crashed).toMatchObject({ counts: null, doubts: ['snoop gate was ended by SIGKILL'] });
});

test('the longest one fits, with exact counts', () => {
  const long = '\u0001\ud800"\\é'.repeat(2000);
  const gaps = Array.from({ length: 5000 }, (_, index) => createGap(`${index}${long}`));
  const answer = createAnswer({ ...missingAnswer, summary: long, release: long, gaps });
  const kept = shortenAnswer(answer, first, null);
  const text = formatJson(kept);
  expect(Buffer.byteLength(text)).toBeLessThan(maxKeptBytes);
  expect(maxKeptBytes).toBeLessThan(1 << 20);
  expect(kept).toMatchObject({ counts: { missing: 5000 }, moreEndpoints: 4700 });
  expect(parseKeptAnswer(text)).toEqual(kept);
});

test('reads what it writes', () => {
  for (const answer of [createAnswer(), missingAnswer, doubtfulAnswer]) {
    const kept = shortenAnswer(answer, first, null);
    expect(parseKeptAnswer(formatJson(kept))).toEqual(kept);
  }
});

describe('what is not a whole answer is refused', () => {
  test.for<[string, unknown]>([
    ['nothing', null],
    ['a list', []],
    ['no fields', {}],
    ['green, although something is missing', { ...missingAnswer, exitCode: 0 }],
    ['green, although it cannot tell', { ...doubtfulAnswer, exitCode: 0 }],
    ['an unknown verdict', { ...createAnswer(), verdict: 'fine' }],
    ['no gaps', { ...missingAnswer, gaps: undefined }],
    ['gaps without names', { ...missingAnswer, gaps: [{} as Gap] }],
    ['no debt', { ...createAnswer(), debt: undefined }],
    ['no pending list', { ...createAnswer(), pending: undefined }],
  ])('%s', ([, value]) => {
    expect(() => shortenAnswer(value, first, null)).toThrow('The answer of the gate cannot be used');
  });

  test('a kept one that is cut or changed', () => {
    const kept = shortenAnswer(missingAnswer, first, null);
    const text = formatJson(kept);
    expect(() => parseKeptAnswer(text.slice(0, text.length / 2))).toThrow('it is not a whole JSON document');
    const changed = [
      { ...kept, version: 2 },
      { ...kept, counts: null },
      { ...kept, answeredAt: 'yesterday' },
      { ...kept, counts: { ...kept.counts, missing: -1 } },
      { ...kept, exitCode: 0 },
    ];
    for (const one of changed) expect(() => parseKeptAnswer(JSON.stringify(one))).toThrow('cannot be used');
  });
});
