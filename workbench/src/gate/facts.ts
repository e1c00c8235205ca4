import type { DocumentedOperation, Level } from '@snoop/snoopdb';

/** What a source is for. */
export type SourceRole = 'document' | 'previous document' | 'conformance tests' | 'ineligible' | 'pending' | 'hits';

/** How a fact about a source is known. */
export type KnownFrom = 'content' | 'file name' | 'git' | 'flag' | 'shipped data' | 'SnoopDB';

/** What a source says about itself, for the head of every answer. Unknown facts are null. */
export interface SourceFacts {
  readonly role: SourceRole;
  /** As the user named it, or `git: v1.36.0:api/openapi-spec/swagger.json`. */
  readonly name: string;
  /** SHA-256 of its bytes, unpacked, in hex; of several files or rows, of their digests. */
  readonly digest: string | null;
  readonly bytes: number | null;
  /** Its endpoints (of hits: those that were hit), tests or entries; null: unknown. */
  readonly count: number | null;
  /** X.Y.Z */
  readonly release: string | null;
  readonly releaseFrom: KnownFrom | null;
  /** When its data were made: ISO 8601, UTC. */
  readonly date: string | null;
  readonly dateFrom: KnownFrom | null;
  /** The commit of kubernetes/kubernetes that it belongs to, 7 to 40 hex digits. */
  readonly commit: string | null;
  readonly commitFrom: KnownFrom | null;
  /**
   * What is broken in it, so that nothing can be judged: sentences that end with the way out. A source with problems has
   * no data.
   */
  readonly problems: readonly string[];
  /** What is odd or cannot be seen in it, as sentences: `3 operations have several tags.` */
  readonly notes: readonly string[];
}

/** An endpoint of a document. */
export type GateEndpoint = DocumentedOperation;

/** An OpenAPI document. */
export interface GateDocument {
  readonly source: SourceFacts;
  readonly endpoints: readonly GateEndpoint[];
  /**
   * Of the previous document: whether git has its commit as a strict ancestor of the current document's. Then it may have
   * the same endpoints and release; otherwise that is a doubt.
   */
  readonly isAncestor: boolean;
}

export interface IneligibleEntry {
  readonly endpoint: string;
  readonly reason: string;
  readonly link: string;
  /** Line in its file, from 1; null: unknown. */
  readonly line: number | null;
  /** Whether the list of the previous document's commit or release lacks it; null or left out: unknown. */
  readonly added?: boolean | null;
}

export interface PendingEntry {
  readonly endpoint: string;
  readonly line: number | null;
  /** The release in whose development it was put on the list, X.Y.0; null: unknown. */
  readonly since: string | null;
  readonly sinceFrom: KnownFrom | null;
  /** As of an {@link IneligibleEntry}. */
  readonly added?: boolean | null;
}

/** An entry of conformance.yaml. */
export interface ConformanceTest {
  /** The full name, as in a user agent. */
  readonly codename: string;
  readonly file: string | null;
  /** The release of its promotion, X.Y.Z; null: unreadable. */
  readonly promotedIn: string | null;
  readonly line: number | null;
  /** Whether the list at the previous commit lacks it; null: that list was not read. */
  readonly added: boolean | null;
}

/** A list; null entries: it was not needed and not given. */
export interface GateList<T> {
  readonly source: SourceFacts;
  readonly entries: readonly T[];
  /** Names that the list at the previous commit or release lacks, and that only it has; null: it was not read. */
  readonly added: readonly string[] | null;
  readonly removed: readonly string[] | null;
}

/** What one source of hits proves. */
export interface GateHits {
  readonly source: SourceFacts;
  /** What each endpoint was hit by; endpoints by their name in the current document. */
  readonly endpoints: readonly HitEndpoint[];
  /** Names in the source that the current document does not have, sorted. */
  readonly unknown: readonly string[];
  /**
   * Endpoints of the current document that the source cannot know, sorted: they are newer than a coverage file, or no
   * event of an audit log shows them. Without a hit they are not yet proven, never missing.
   */
  readonly undecided: readonly string[];
  /** Names of all tests that hit anything, sorted. */
  readonly tests: readonly string[];
  /**
   * Why an endpoint that is not among {@link endpoints} may have been hit all the same, as sentences; empty: the source is
   * of a whole run.
   */
  readonly incomplete: readonly string[];
}

export interface HitEndpoint {
  readonly endpoint: string;
  /** Names of tests, sorted, without duplicates. */
  readonly tests: readonly string[];
  /** Hit by any e2e test (for own groups: by any accepted agent). */
  readonly tested: boolean;
  /** Hit by a test with `[Conformance]` in its name. */
  readonly confTested: boolean;
}

/** All that the gate judges: plain data. */
export interface GateFacts {
  readonly current: GateDocument;
  readonly previous: GateDocument;
  readonly conformance: GateList<ConformanceTest> | null;
  readonly ineligible: GateList<IneligibleEntry> | null;
  readonly pending: GateList<PendingEntry> | null;
  /** Empty: no hits were given. */
  readonly hits: readonly GateHits[];
  /** The first release in which each endpoint is stable, X.Y.Z, as far as it is known. */
  readonly firstReleases: Readonly<Record<string, string>>;
  /** The time of the judgement, ISO 8601. */
  readonly now: string;
}

/** What the user asks for. */
export interface GateRules {
  /** Judge endpoints of these levels. Default: stable. */
  readonly levels: readonly Level[];
  /** Also judge endpoints that the previous document has. They are listed and fail. */
  readonly debt: boolean;
  /** A hit of any e2e test is enough, not only of a conformance test. */
  readonly anyTest: boolean;
  /** Endpoints younger than this many minor releases do not fail. Default: 0. */
  readonly grace: number;
  /** Pending endpoints that are on the list for this many minor releases, or more, fail; null: never. */
  readonly pendingLimit: number | null;
  /** Stale entries of lists fail. */
  readonly strictLists: boolean;
  /** Judge incomplete hits; without it they are a doubt. */
  readonly partial: boolean;
  /** Oldest accepted hits, in milliseconds; null: any age. */
  readonly maxAgeMs: number | null;
  /** Only these API groups: `example.com`, `*.example.io`; null: those of Kubernetes, i.e. all of the document. */
  readonly groups: readonly string[] | null;
}
