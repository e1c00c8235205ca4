import type { EventSlice } from '../events/event-list.ts';
import { keptBytes } from '../rows/event-tables.ts';

/** Limits for the rejected lines and bytes of a file that are stored; the others are counted. */
const maxRejects = 10_000;
const maxBytes = 16 * 2 ** 20;

/** The first rejected lines of a file. */
export interface RejectSample {
  /** Whether this one is stored; otherwise it is counted. */
  add(slice: EventSlice): boolean;
  /** The number of those that are not stored. */
  readonly unsampled: number;
}

export function createRejectSample(): RejectSample {
  let rejects = 0;
  let bytes = 0;
  let beyond = 0;
  return {
    get unsampled() {
      return beyond;
    },
    add({ start, end, requestUri, userAgent }) {
      if (rejects >= maxRejects || bytes >= maxBytes) {
        beyond += 1;
        return false;
      }
      rejects += 1;
      bytes += Math.min(end - start, keptBytes) + (requestUri?.length ?? 0) + (userAgent?.length ?? 0);
      return true;
    },
  };
}
