import { SnoopDbError } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { waitForCount } from '../../src/audit-run/wait-for-events.ts';
import { OutageClock } from '../../src/evidence/outage.ts';

const limits = { noProgressMs: 300, afterOutageMs: 5_000, awayMs: 2_000, answerMs: 1_000, pollMs: 25 };
/** Nothing listens there. */
const auditlogger = { url: 'http://127.0.0.1:9', caFile: null, tokenFile: null };

interface Made {
  readonly away?: typeof auditlogger | null;
  readonly outages?: OutageClock;
  readonly signal?: AbortSignal;
  readonly noProgressMs?: number;
}

function wait(wanted: number, count: () => Promise<number>, made: Made = {}) {
  const { away = null, outages = new OutageClock(limits.awayMs), noProgressMs = limits.noProgressMs } = made;
  return waitForCount(wanted, count, {
    limits: { ...limits, noProgressMs },
    outages,
    auditlogger: away,
    signal: made.signal ?? new AbortController().signal,
    onCount: () => {},
  });
}

test('ends when all events are stored', async () => {
  let events = 0;
  const count = async (): Promise<number> => (events += 2);
  expect(await wait(5, count)).toEqual({ end: 'all', count: 6, trouble: null });
});

test('without a number, ends when no more events arrive', async () => {
  expect(await wait(Number.POSITIVE_INFINITY, async () => 7)).toEqual({ end: 'limit', count: 7, trouble: null });
});

test('an auditlogger that stays away ends it within the limit of outages, which several waits share', async () => {
  const outages = new OutageClock(limits.awayMs);
  // Longer than the limit of outages, which must end it.
  const made = { away: auditlogger, outages, noProgressMs: 60_000 };
  const began = performance.now();
  const end = await wait(5, async () => 3, made);
  expect(end).toMatchObject({ end: 'away', count: 3 });
  expect(end.trouble).toContain('the auditlogger cannot store events');
  expect(await wait(5, async () => 3, made)).toMatchObject({ end: 'away', count: 3 });
  // A limit, not a measurement: 60 s without the shared clock.
  expect(performance.now() - began).toBeLessThan(30_000);
});

test('a SnoopDB that stays away ends it, too', async () => {
  const count = () => Promise.reject(new SnoopDbError('database_away', 'away'));
  expect(await wait(5, count)).toEqual({ end: 'away', count: 0, trouble: 'SnoopDB does not answer' });
});

test('an abort ends it with what is stored', async () => {
  const abort = new AbortController();
  const count = async (): Promise<number> => {
    setTimeout(() => abort.abort(), 0);
    return 3;
  };
  expect(await wait(5, count, { signal: abort.signal })).toMatchObject({ end: 'interrupted', count: 3 });
});
