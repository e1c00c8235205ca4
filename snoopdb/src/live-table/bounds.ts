import { defaultSourceLimits, type SourceLimits } from '../hits/source-limits.ts';

/** How much of the live events is held. What is beyond goes with the oldest partitions. */
export interface LiveBounds extends SourceLimits {
  /** Events at most. */
  maxRows: number;
  /** Their size at most, indexes included. */
  maxBytes: number;
  /** How long an event is held at most. */
  maxAgeMs: number;
  /** Set-aside events at most. */
  maxRejectedRows: number;
  /** Their size at most. */
  maxRejectedBytes: number;
  /** How long it is remembered that a body was committed: a sender repeats one within minutes. */
  ledgerAgeMs: number;
}

const dayMs = 24 * 60 * 60 * 1000;

export const defaultLiveBounds: LiveBounds = {
  maxRows: 5_000_000,
  maxBytes: 8 * 1024 ** 3,
  maxAgeMs: 7 * dayMs,
  maxRejectedRows: 50_000,
  maxRejectedBytes: 256 * 1024 ** 2,
  ledgerAgeMs: dayMs,
  ...defaultSourceLimits,
};

/** As much is lost at once at most when a bound is reached, and as many partitions there are at most, about. */
const parts = 16;

/** When the partition that is written to is left for the next one. */
export function limitPartition(bounds: LiveBounds): { rows: number; bytes: number; ageMs: number } {
  return {
    rows: Math.max(1, Math.floor(bounds.maxRows / parts)),
    bytes: Math.max(1, Math.floor(bounds.maxBytes / parts)),
    ageMs: bounds.maxAgeMs / parts,
  };
}
