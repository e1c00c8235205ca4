import { defaultSourceLimits, type SourceLimits } from '../hits/source-limits.ts';

/** Limits of the live events. Beyond them, the oldest partitions are dropped. */
export interface LiveBounds extends SourceLimits {
  /** Maximum number of events. */
  maxRows: number;
  /** Maximum size of the events, with indexes. */
  maxBytes: number;
  /** Maximum age of events. */
  maxAgeMs: number;
  /** Maximum number of rejected events. */
  maxRejectedRows: number;
  /** Maximum size of rejected events. */
  maxRejectedBytes: number;
  /** How long hashes of stored bodies are kept; senders repeat a body within minutes. */
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

/** Approximate number of partitions; a sixteenth of the events is dropped at once. */
const parts = 16;

/** The limits of a partition: beyond them, it is sealed and events go to the next one. */
export function limitPartition(bounds: LiveBounds): { rows: number; bytes: number; ageMs: number } {
  return {
    rows: Math.max(1, Math.floor(bounds.maxRows / parts)),
    bytes: Math.max(1, Math.floor(bounds.maxBytes / parts)),
    ageMs: bounds.maxAgeMs / parts,
  };
}
