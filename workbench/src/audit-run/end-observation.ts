import { countRejectedSince, countWindowEvents, type SourceWindow, type Windows } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { isAway, OutageClock, queryInTime } from '../evidence/outage.ts';
import { pause } from '../pause.ts';
import { type CounterSum, describeRestart, explainCounters, sumCounters } from './counter-sums.ts';
import { interruptedReason } from './earlier-run.ts';
import type { RunCounters } from './folder/run-file.ts';
import type { Mark, Moment } from './marks.ts';
import { markAll, type Observation, type ObservationOptions, readingsMs, waitForMoments } from './observation.ts';
import { waitForCount, type WaitOptions } from './wait-for-events.ts';

/** What arrived between the beginning and the end of a run. */
export interface Observed {
  readonly windows: Windows;
  readonly counters: RunCounters;
  /** Why it is unknown whether everything arrived, or that something did not, as sentences. */
  readonly reasons: readonly string[];
}

/** Later than any event. */
const endOfTime = '9999';
/** A killed API server is started again within seconds. */
const restartMs = 60_000;
const retryMs = 1_000;

/**
 * Marks the end of a run, and waits until everything that was sent before is stored. An abort ends the wait: what is
 * stored counts.
 */
export async function endObservation(observation: Observation, options: ObservationOptions): Promise<Observed> {
  const { progress } = options;
  const title = 'waiting for the last audit events';
  return progress.step(title, (update) => observeEnd(observation, options, update));
}

async function observeEnd(
  observation: Observation,
  options: ObservationOptions,
  update: (detail: string) => void,
): Promise<Observed> {
  const { pool, target, limits, signal } = options;
  const outages = new OutageClock(limits.awayMs);
  const reasons: string[] = [...observation.problems];
  const ends = await markEnd(observation, options, outages, reasons);
  const windows: Windows = {
    position: observation.position,
    windows: joinWindows(
      observation.moments.map(({ source, at }, index) => ({ source, after: at, until: ends[index]?.at ?? endOfTime })),
    ),
  };
  const sources = windows.windows.map(({ source }) => source);
  const sum = sumCounters(observation.moments, ends);
  let [stored, rejected] = [0, 0];
  const count = async (): Promise<number> => {
    const counts = await countWindowEvents(pool, windows);
    rejected = await countRejectedSince(pool, sources, observation.startedAt);
    stored = counts.reduce((total, events) => total + events, 0);
    return stored + rejected;
  };
  // Without a number to wait for, until no more events arrive.
  const wanted = sum.sent === null ? Number.POSITIVE_INFINITY : sum.sent - sum.uncertain;
  const wait: WaitOptions = {
    ...{ limits, outages, signal },
    auditlogger: target.stateCluster?.auditlogger ?? null,
    onCount: (number) =>
      update(`${format(number)}${sum.sent === null ? '' : ` of ${format(wanted)}`} events are stored`),
  };
  const arrived = await waitForCount(wanted, count, wait);
  if (arrived.end === 'all' && sum.uncertain > 0) {
    // Some that belong to the run may still arrive; how many is unknown.
    const soon = { ...limits, noProgressMs: readingsMs, afterOutageMs: readingsMs };
    await waitForCount(wanted + 2 * sum.uncertain, count, { ...wait, limits: soon });
  }
  if (arrived.end === 'interrupted') {
    reasons.push(interruptedReason);
    await answerIfThere(limits.answerMs, count);
  }
  const counters: RunCounters = { ...pickTotals(sum), stored, rejected };
  reasons.push(...sum.reasons, ...(await describeRestarts(sum, windows, options)));
  return { windows, counters, reasons: [...new Set([...reasons, ...explainCounters(counters, arrived.trouble)])] };
}

function pickTotals({ sent, errors, uncertain }: CounterSum) {
  return { sent, errors, uncertain };
}

/** Tries again for a while: the API server may just be restarted. */
async function markEnd(
  { servers, position, problems }: Observation,
  options: ObservationOptions,
  outages: OutageClock,
  reasons: string[],
): Promise<(Moment | null)[]> {
  const until = performance.now() + restartMs;
  for (;;) {
    const marks = await markAll(servers, options).catch((error: unknown) => {
      if (error instanceof SnoopError) return error;
      throw error;
    });
    const isOver = performance.now() > until || options.signal.aborted;
    if (marks instanceof SnoopError) {
      if (isOver) {
        reasons.push(`The cluster did not answer at the end of the run: ${marks.message}`);
        return servers.map(() => null);
      }
    } else {
      const found = marks.flatMap(({ problem }) => problem ?? []);
      if (found.length === 0 || problems.length > 0 || isOver) {
        reasons.push(...found.map((problem) => `It is unknown how many events were sent: ${problem}.`));
        const moments = await waitForMoments(marks, position, options, outages);
        // Without its event, the reading itself is the best bound.
        return marks.map((mark, index) => moments[index] ?? createUnseenMoment(mark));
      }
    }
    await pause(retryMs, options.signal);
  }
}

function createUnseenMoment({ before, after }: Mark): Moment {
  return {
    source: '',
    at: endOfTime,
    events: before?.events ?? null,
    errors: after?.errors ?? null,
    startedAt: after?.startedAt ?? null,
    uncertain: 0,
  };
}

/** API servers with the same source cannot be told apart, so their windows become one. */
function joinWindows(windows: readonly SourceWindow[]): SourceWindow[] {
  const joined = new Map<string, SourceWindow>();
  for (const { source, after, until } of windows) {
    const known = joined.get(source);
    joined.set(source, {
      source,
      after: known !== undefined && known.after < after ? known.after : after,
      until: known !== undefined && known.until > until ? known.until : until,
    });
  }
  return [...joined.values()];
}

/** Says of each restarted API server what is known. */
async function describeRestarts(
  { restarts }: CounterSum,
  { position, windows }: Windows,
  { pool, limits }: ObservationOptions,
): Promise<string[]> {
  const described: string[] = [];
  for (const restart of restarts) {
    const { source, at: after, until } = restart;
    const isAlone = windows.length === restarts.length && windows.some((one) => one.source === source);
    const counts = isAlone
      ? await answerIfThere(limits.answerMs, () =>
          countWindowEvents(pool, { position, windows: [{ source, after, until }] }),
        )
      : null;
    described.push(describeRestart(restart, counts?.[0] ?? null));
  }
  return described;
}

/** @returns null: SnoopDB is away */
async function answerIfThere<T>(limitMs: number, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await queryInTime(limitMs, ask);
  } catch (error) {
    if (isAway(error)) return null;
    throw error;
  }
}

function format(number: number): string {
  return number.toLocaleString('en-US');
}
