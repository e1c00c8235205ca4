import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import type { FoundDatabase } from '../cluster-choice/open-database.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import type { StationName } from './faults.ts';
import type { Finding } from './finding.ts';
import type { DoctorOptions } from './options.ts';
import type { ArrivedProbe, ProbeRound, SentProbe } from './probe-round.ts';
import type { Secrets } from './secrets.ts';

/** What earlier stations found, for later ones; a missing part could not be found. */
export interface Facts {
  readonly target?: Target;
  /** Set once it gives credentials. */
  readonly access?: ClusterAccess;
  readonly cluster?: {
    /** As a release: `1.36.3`. */
    readonly version: string;
    /** How far its clock is ahead of this machine's. */
    readonly clock: ClockDifference | null;
  };
  readonly database?: FoundDatabase;
  /** PostgreSQL's version. */
  readonly databaseVersion?: { readonly text: string; readonly number: number };
  readonly auditloggerVersion?: string;
  readonly probes?: {
    readonly round: ProbeRound;
    /** The one that was recorded. */
    readonly arrived: ArrivedProbe;
    /** The one that was sent after all others; null: it got no answer. */
    readonly last: SentProbe | null;
  };
  /** The sources of the cluster's events. */
  readonly sources?: readonly string[];
}

/** A difference of two clocks, and its uncertainty. */
export interface ClockDifference {
  /** Positive: ahead of this machine's clock. */
  readonly aheadMs: number;
  readonly uncertainMs: number;
}

export interface StationResult {
  readonly findings: readonly Finding[];
  readonly facts?: Facts;
}

export interface StationInput {
  readonly options: DoctorOptions;
  readonly facts: Facts;
  readonly secrets: Secrets;
  /** Ends with the station's time limit and with Ctrl-C. */
  readonly signal: AbortSignal;
  /** Called after the last station, in reverse order. */
  readonly onEnd: (release: () => Promise<void>) => void;
}

export interface Station {
  readonly name: StationName;
  limitMs(options: DoctorOptions, facts: Facts): number;
  check(input: StationInput): Promise<StationResult>;
}

export function onlyFinding(finding: Finding): StationResult {
  return { findings: [finding] };
}
