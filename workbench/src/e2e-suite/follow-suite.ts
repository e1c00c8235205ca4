import type { Pool } from '@snoop/snoopdb';
import { isAway } from '../evidence/outage.ts';
import type { Progress } from '../progress.ts';
import { followEvents } from '../tail/follow-events.ts';
import { formatCounts, type SpecCounter } from './spec-counts.ts';

export interface FollowSuiteOptions {
  readonly pool: Pool;
  /** The sources of the cluster's events; empty: all. */
  readonly sources: readonly string[];
  readonly counter: SpecCounter;
  readonly progress: Progress;
  /** Whether stderr is a terminal, where one line changes. */
  readonly animate: boolean;
  /** Aborted when the suite has ended. */
  readonly ended: AbortSignal;
}

const pollMs = 500;
const lineMs = 60_000;

/** Shows from the audit events how far the suite is: one line that changes, or a line a minute. */
export async function followSuite({
  pool,
  sources,
  counter,
  progress,
  animate,
  ended,
}: FollowSuiteOptions): Promise<void> {
  let shown = performance.now();
  const follow = async (update: (detail: string) => void): Promise<void> => {
    const show = (): void => {
      const text = formatCounts(counter.read());
      if (animate) update(text);
      else if (performance.now() - shown >= lineMs) {
        progress.print(text);
        shown = performance.now();
      }
    };
    const timer = setInterval(show, pollMs);
    try {
      await followEvents({
        getPool: () => pool,
        filter: {
          source: sources.length === 0 ? undefined : (source) => sources.includes(source),
          untestedOnly: false,
          all: false,
        },
        show: async (events) => {
          for (const event of events) counter.note(event);
          return true;
        },
        onState: () => {},
        // The progress of a run must not end it.
        canWait: isAway,
        getPollMs: () => pollMs,
        signal: ended,
      });
    } finally {
      clearInterval(timer);
    }
  };
  // A step of the progress prints a line each 15 s without a terminal.
  await (animate ? progress.step('Running', follow) : follow(() => {}));
}
