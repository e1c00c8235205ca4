import { describe, expect, test } from 'vitest';
import { describeRestart, sumCounters } from '../../src/audit-run/counter-sums.ts';
import type { Moment } from '../../src/audit-run/marks.ts';

const moment = (events: number | null, more: Partial<Moment> = {}): Moment => ({
  ...{ source: 'a', at: '2026-12-01T10:00:00.000000Z', events, errors: 0, startedAt: 1_000, uncertain: 0 },
  ...more,
});

const unknown = { sent: null, errors: null, uncertain: 0 };

describe('the sum of counters', () => {
  test('is that of all API servers', () => {
    const begins = [moment(10, { errors: 1 }), moment(100, { startedAt: 7, uncertain: 2 })];
    const ends = [moment(15, { errors: 4, uncertain: 1 }), moment(130, { startedAt: 7 })];
    expect(sumCounters(begins, ends)).toEqual({ sent: 35, errors: 3, uncertain: 3, restarts: [], reasons: [] });
  });

  test.each([
    ['fewer events than before', 3],
    ['as many as before', 10],
    ['more than before', 400],
  ])('is unknown after a restart with %s; what came after it is known', (_, events) => {
    const end = moment(events, { startedAt: 1_764_583_200.5, at: 'end' });
    expect(sumCounters([moment(10)], [end])).toEqual({
      ...unknown,
      restarts: [{ source: 'a', at: '2025-12-01T10:00:00.500000Z', until: 'end', sent: events }],
      reasons: [],
    });
  });

  test('is unknown if one of several API servers was restarted', () => {
    const sum = sumCounters([moment(10), moment(10)], [moment(20), moment(20, { startedAt: 2_000 })]);
    expect(sum).toMatchObject(unknown);
    expect(sum.restarts).toHaveLength(1);
  });

  test('is unknown if a restart would not be seen, or a counter decreased', () => {
    expect(sumCounters([moment(10, { startedAt: null })], [moment(20, { startedAt: null })])).toEqual({
      ...unknown,
      restarts: [],
      reasons: [
        'It is unknown how many events were sent: its /metrics have no process_start_time_seconds, so a restart would not be seen.',
      ],
    });
    expect(sumCounters([moment(10)], [moment(9)]).reasons).toEqual([
      'It is unknown how many events were sent: the counter of an API server decreased.',
    ]);
  });

  test('is unknown without one of the moments', () => {
    for (const [begin, end] of [
      [moment(1), null],
      [moment(null), moment(2)],
      [moment(1), moment(null)],
    ] as const) {
      expect(sumCounters([begin], [end])).toEqual({ ...unknown, restarts: [], reasons: [] });
    }
  });
});

test('a restart is described with what is known since', () => {
  const restart = { source: 'a', at: '2026-12-01T10:00:00.500000Z', until: 'end', sent: 1_200 };
  expect(describeRestart(restart, 1_199)).toMatchInlineSnapshot(
    `"An API server was restarted during the run, and its counters began again at 2026-12-01T10:00:00Z: it sent 1,200 events since then, of which 1,199 are stored. How many it sent before is unknown."`,
  );
  expect(describeRestart(restart, null)).toContain('how many of them are stored is unknown');
});
