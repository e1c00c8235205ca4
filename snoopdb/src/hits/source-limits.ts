/** What senders may make by naming sources: they choose the names themselves. */
export interface SourceLimits {
  /** Sources that senders may name, in the whole database. */
  maxSources: number;
  /** Rows of hits that these may make together. */
  maxHits: number;
}

export const defaultSourceLimits: SourceLimits = { maxSources: 64, maxHits: 1_000_000 };
