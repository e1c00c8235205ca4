import type { LoadNote, ShapeCount } from '@snoop/snoopdb';

/** A file, URL or release that was loaded now or before. */
export interface LoadStep {
  readonly what: string;
  readonly name: string;
  readonly release: string | null;
  readonly source: string | null;
  readonly read: number;
  readonly stored: number;
  /** null: not an audit log. */
  readonly resolved: number | null;
  readonly rejected: number;
  /** 1 for a file that was loaded before. */
  readonly skipped: number;
  /** A skipped file's name when it was loaded; its events have {@link source}. */
  readonly before?: string;
  /** How the events of an audit log were wrapped. */
  readonly shapes?: readonly ShapeCount[];
  readonly notes: readonly LoadNote[];
  /** Why its data is incomplete. */
  readonly incomplete: string | null;
}

export interface LoadSummary {
  readonly loads: readonly LoadStep[];
  /** Whether the database was new and was removed, because nothing was stored in it. */
  readonly isRemoved: boolean;
}
