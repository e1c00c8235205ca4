/** Limits for sources that senders name, since they choose the names. */
export interface SourceLimits {
  /** Such sources in the whole database. */
  maxSources: number;
  /** Rows of hits for all of them. */
  maxHits: number;
}

export const defaultSourceLimits: SourceLimits = { maxSources: 64, maxHits: 1_000_000 };
