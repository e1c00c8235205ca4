import type { EventSlice } from '../events/event-list.ts';
import { keptBytes } from '../rows/event-tables.ts';

/** The limits for stored rejected lines and bytes of a file; the others are counted. */
const maxRejects = 10_000;
const maxBytes = 16 * 2 ** 20;

/** The first rejected lines of a file. */
export interface RejectSample {
  /** Returns whether the line is to be stored; otherwise counts it. */
  add(slice: EventSlice): boolean;
  /** The number of lines that are not stored. */
  readonly unsampled: number;
}

export function createRejectSample(): RejectSample {
  let rejects = 0;
  let bytes = 0;
  let unsampled = 0;
  return {
    get unsampled() {
      return unsampled;
    },
    add({ start, end, requestUri, userAgent }) {
      if (rejects >= maxRejects || bytes >= maxBytes) {
        unsampled += 1;
        return false;
      }
      rejects += 1;
      bytes += Math.min(end - start, keptBytes) + (requestUri?.length ?? 0) + (userAgent?.length ?? 0);
      return true;
    },
  };
}
