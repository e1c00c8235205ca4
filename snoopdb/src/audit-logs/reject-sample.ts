import type { EventSlice } from '../events/event-list.ts';
import { keptBytes } from '../rows/event-tables.ts';

/** Of a file so many lines are kept that are no events, with so many bytes in all; those beyond are counted. */
const mostRejects = 10_000;
const mostBytes = 16 * 2 ** 20;

/** What is kept of the lines of a file that are no events: the first ones. */
export interface RejectSample {
  /** Whether this one is to be kept; else it is counted. */
  takes(slice: EventSlice): boolean;
  /** How many were not. */
  readonly beyond: number;
}

export function createRejectSample(): RejectSample {
  let rejects = 0;
  let bytes = 0;
  let beyond = 0;
  return {
    get beyond() {
      return beyond;
    },
    takes({ start, end, requestUri, userAgent }) {
      if (rejects >= mostRejects || bytes >= mostBytes) {
        beyond += 1;
        return false;
      }
      rejects += 1;
      bytes += Math.min(end - start, keptBytes) + (requestUri?.length ?? 0) + (userAgent?.length ?? 0);
      return true;
    },
  };
}
