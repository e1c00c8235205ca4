import type { Pool } from '@snoop/snoopdb';
import type { Progress } from '../../../progress.ts';
import type { GateEndpoint } from '../../facts.ts';

/** Facts of a source that it may say itself; null: unknown. */
export interface StatedFacts {
  /** X.Y.Z */
  readonly release: string | null;
  /** ISO 8601. */
  readonly date: string | null;
  /** 7 to 40 hex digits. */
  readonly commit: string | null;
}

/** What reading hits depends on. */
export interface HitsOptions {
  /** What flags say about hits that cannot say it themselves. */
  readonly stated: StatedFacts;
  /** Of the current document, with the deprecated ones. */
  readonly endpoints: readonly GateEndpoint[];
  /** Of the current document, X.Y.Z; null: unknown. `db` reads the coverage of this release. */
  readonly release: string | null;
  /** As in the rules of the gate; null: the groups of Kubernetes. */
  readonly groups: readonly string[] | null;
  /** Names of listed tests, which complete truncated user agents. */
  readonly tests: readonly string[];
  /** The given list of ineligible endpoints, to check totals with; null: none. */
  readonly ineligible: readonly { readonly endpoint: string }[] | null;
  /** Opens the SnoopDB of the usual flags for `db`, and closes it. */
  readonly withPool: <T>(work: (pool: Pool) => Promise<T>) => Promise<T>;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Bounds that tests shorten. */
  readonly limits?: Partial<InputLimits>;
}

/** Bounds for inputs that somebody else chose. */
export interface InputLimits {
  /** How long a server, pipe or device may send nothing. */
  readonly idleMs: number;
  /** For all bytes of one input. */
  readonly totalMs: number;
  /** Of one value of --hits, unpacked. */
  readonly logBytes: number;
  /** After so many bytes without an audit event an input counts as something else. */
  readonly bytesWithoutEvent: number;
}

export const defaultLimits: InputLimits = {
  idleMs: 30_000,
  totalMs: 60 * 60_000,
  logBytes: 64 * 2 ** 30,
  bytesWithoutEvent: 64 * 2 ** 20,
};

/** The options with all limits. */
export interface ReadOptions extends Omit<HitsOptions, 'limits'> {
  readonly limits: InputLimits;
}
