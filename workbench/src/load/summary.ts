import type { LoadNote, ShapeCount } from '@snoop/snoopdb';

/** One file, URL or release that was loaded, or that was there already. */
export interface LoadStep {
  readonly what: string;
  readonly name: string;
  readonly release: string | null;
  readonly source: string | null;
  readonly read: number;
  readonly stored: number;
  /** null: nothing in it is resolved. */
  readonly resolved: number | null;
  readonly rejected: number;
  /** 1 for a file that was loaded before; {@link before} says as what. */
  readonly skipped: number;
  /** As a skipped file was named when it was loaded; its events stand under {@link source}. */
  readonly before?: string;
  /** How the events of an audit log were wrapped, and how many of them were. */
  readonly shapes?: readonly ShapeCount[];
  readonly notes: readonly LoadNote[];
  /** Why its data is incomplete, in a sentence. */
  readonly incomplete: string | null;
}

export interface LoadSummary {
  readonly loads: readonly LoadStep[];
}
