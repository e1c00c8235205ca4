import type { Baseline } from '../releases/baseline-in-use.ts';
import type { Level } from '../rules/level.ts';
import { checkDigestedDocument } from './digested-document.ts';
import type { OtherEventRow } from './run-rows.ts';
import type { RequestOutcome, RunState, StepState, TestState } from './run-record.ts';

const schemaFile = new URL('../../schemas/run.schema.json', import.meta.url);

/** A settled run with all that its report needs, as described by `schemas/run.schema.json`. Times are ISO 8601. */
export interface RunDocument {
  readonly format: 'snoop-run';
  readonly version: typeof runDocumentVersion;
  /** Digest of the rest; finds accidents, not forgeries. */
  readonly sha256: string;
  readonly run: DocumentRun;
  readonly baseline: Omit<Baseline, 'releaseDate' | 'unknown'> & {
    readonly release_date: string | null;
    /** Missing in documents of earlier versions: 0. */
    readonly unknown?: number;
  };
  readonly coverage_before: readonly {
    readonly category: 'eligible' | 'stable' | 'beta' | 'alpha';
    readonly total_endpoints: number;
    readonly old_coverage: number;
    readonly old_conformance_coverage: number;
  }[];
  readonly endpoints: readonly DocumentEndpoint[];
  readonly tests: readonly DocumentTest[];
  readonly steps: readonly DocumentStep[];
  readonly errors: readonly { readonly file: string | null; readonly line: number | null; readonly message: string }[];
  readonly requests: readonly DocumentRequest[];
  readonly evidence: readonly DocumentEvent[];
  readonly other_events: readonly (Omit<OtherEventRow, 'auditId' | 'requestUri'> & {
    readonly audit_id: string;
    readonly request_uri: string | null;
  })[];
  readonly files: readonly DocumentFile[];
  readonly bodies?: readonly DocumentBody[];
}

export interface DocumentRun {
  readonly id: string;
  readonly author: string | null;
  readonly agent: string;
  readonly sources: readonly string[];
  readonly cluster_version: string | null;
  readonly cluster_server: string | null;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly state: Exclude<RunState, 'running'>;
  readonly command: string | null;
  readonly snoop_version: string | null;
  readonly node_version: string | null;
  readonly client_version: string | null;
  readonly git_commit: string | null;
  readonly git_dirty: boolean | null;
  readonly settled_at: string;
}

export interface DocumentEndpoint {
  readonly useragent: string;
  readonly endpoint: string;
  readonly hit_by_ete: boolean;
  readonly hit_by_conformance: boolean;
  /** Number of successful requests. */
  readonly hit_by_new_test: number;
  readonly sent_by: 'test' | 'controller' | 'other';
  readonly level: Level | null;
  readonly kind: string | null;
  readonly path: string | null;
  readonly deprecated: boolean;
  readonly in_baseline: boolean;
  readonly eligible: boolean;
  readonly reason: string | null;
  readonly link: string | null;
  /** Missing in documents of earlier versions: false. */
  readonly unknown?: boolean;
}

export interface DocumentTest {
  readonly test: number;
  readonly name: string;
  readonly file: string;
  readonly state: TestState;
  readonly error: string | null;
  readonly tries: number;
  readonly namespace: string | null;
  readonly owns_namespace: boolean;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  /** What it printed; missing: nothing. */
  readonly output?: string;
}

export interface DocumentStep {
  readonly test: number;
  readonly step: number;
  readonly try: number;
  readonly name: string;
  readonly state: StepState;
  readonly started_at: string | null;
  readonly ended_at: string | null;
}

export interface DocumentRequest {
  readonly audit_id: string;
  readonly test: number;
  readonly try: number;
  readonly step: number | null;
  readonly method: string;
  readonly path: string;
  readonly request_uri: string;
  readonly status: number | null;
  readonly outcome: RequestOutcome;
  readonly error: string | null;
  readonly is_dry_run: boolean;
  readonly unread_body: string | null;
  readonly client_agent: string | null;
  readonly sent_at: string;
  readonly answered_at: string | null;
  readonly closed_at: string | null;
}

export interface DocumentEvent {
  readonly audit_id: string;
  readonly stage: string;
  readonly source: string;
  readonly verb: string | null;
  readonly code: number | null;
  readonly endpoint: string | null;
  readonly reason: string | null;
  readonly ambiguous: string | null;
  readonly is_dry_run: boolean;
  readonly is_hit: boolean;
  readonly decides: boolean;
  readonly seen_at: string;
}

/** A file that the tests were loaded from, as it was then. */
export interface DocumentFile {
  readonly file: string;
  readonly content: string | null;
  readonly omitted: string | null;
}

export interface DocumentBody {
  readonly audit_id: string;
  readonly direction: 'request' | 'answer';
  readonly body: unknown;
  readonly bytes: number;
  readonly omitted: string | null;
}

const runDocumentVersion = 1;

/**
 * Checks that a value is a whole run document of this version, with its own digest.
 * @param name of the document, for messages
 * @throws SnoopDbError `bad_document`
 */
export function checkRunDocument(name: string, value: unknown): Promise<RunDocument> {
  return checkDigestedDocument(name, value, {
    format: 'snoop-run',
    version: runDocumentVersion,
    schemaFile,
    description: "a run written by 'snoop runs export'",
  });
}
