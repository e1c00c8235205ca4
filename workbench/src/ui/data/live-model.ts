import type {
  EndpointAnswer,
  HitsAnswer,
  ListedRun,
  RunDifference,
  RunTimeline,
  SeenAgent,
  TestRequestsAnswer,
  TimelineRequest,
} from '@snoop/snoopdb';
import type { ClientCall } from '../../audited-cluster/client-call.ts';
import type { RunReport } from './run-report.ts';

/** The answers that only `snoop ui` gives, below `data/live/`. Times are ISO 8601. */

/** A value as JSON: times are texts. */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Json<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Json<T[Key]> }
      : T;

/** `endpoint.json?endpoint=&release=`: what `snoop endpoint` knows beyond a release's files. */
export interface LiveEndpoint
  extends Pick<
    EndpointAnswer,
    | 'endpoint'
    | 'method'
    | 'path'
    | 'level'
    | 'kind'
    | 'group'
    | 'version'
    | 'first'
    | 'clusters'
    | 'agents'
    | 'samples'
  > {
  /** The release that has it; null: only clusters have it. */
  readonly release: string | null;
  readonly call: ClientCall;
}

/** `test.json?test=&release=`: its requests, from loaded and live events. */
export type TestRequests = Json<TestRequestsAnswer>;

/** `agents.json?source=&of=`. */
export interface AgentsFile {
  readonly agents: readonly SeenAgent[];
  /** All sources of hits. */
  readonly sources: readonly string[];
}

/** `hits.json?agent=&source=&of=`: the endpoints of the agents with this name. */
export type HitsFile = HitsAnswer;

/** `runs.json?limit=`, newest first. */
export interface RunsFile {
  readonly runs: readonly Json<ListedRun>[];
  /** Whether there are older ones. */
  readonly more: boolean;
}

/** `run.json?run=&passed=&indirect=`. */
export interface RunFile {
  readonly run: RunHead;
  readonly report: RunReport;
  readonly timeline: Json<Omit<RunTimeline, 'steps'>>;
  /** Names, for the time line. */
  readonly steps: RunTimeline['steps'];
}

export type RunRequestRow = Json<TimelineRequest>;

export interface RunHead {
  readonly id: string;
  readonly state: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly author: string | null;
  readonly agent: string;
  /** The baseline it is compared with. */
  readonly release: string;
  readonly command: string | null;
  readonly snoopVersion: string | null;
  readonly gitCommit: string | null;
  readonly gitDirty: boolean | null;
  readonly sources: readonly string[];
  readonly importedAt: string | null;
}

/** `run-difference.json?before=&after=`. */
export interface RunDifferenceFile {
  readonly before: RunHead;
  readonly after: RunHead;
  readonly difference: RunDifference;
}
