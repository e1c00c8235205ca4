import type { Level } from '@snoop/snoopdb';
import type { SourceFacts } from './facts.ts';

/**
 * nothing missing: exit 0. missing, not yet proven, stale lists (entries that fail, and nothing else does): exit 1; the
 * first of these wins. cannot tell: exit 3, wins over all, and nothing was judged.
 */
export type Verdict = 'nothing missing' | 'stale lists' | 'not yet proven' | 'missing' | 'cannot tell';

/** An endpoint that needs a test. */
export interface Gap {
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly kind: string | null;
  /** Empty: core. */
  readonly group: string | null;
  readonly version: string | null;
  readonly level: Level;
  /** X.Y.Z; null: unknown. */
  readonly firstRelease: string | null;
  /** Minor releases since the first one; null: unknown. */
  readonly age: number | null;
  /** Whether the previous document lacks it at this level. */
  readonly isNew: boolean;
  /** missing: a whole run of this commit does not hit it. Otherwise not yet proven. */
  readonly state: 'missing' | 'not yet proven';
  /**
   * Why it needs a test now, besides that it is new: `no longer pending`, `its only conformance test is removed: NAME`,
   * `pending since 1.35.0, for 2 minor releases; the limit is --pending-limit 2`.
   */
  readonly because: string | null;
  /** A test that hits the nearest sibling; null: none. */
  readonly nearest: { readonly test: string; readonly endpoint: string } | null;
  /** `api-machinery`; null: not part of Kubernetes. */
  readonly sig: string | null;
  /** The command that starts a test for it; null: no command can. */
  readonly command: string | null;
}

/** A gap within its grace. */
export interface DueGap extends Gap {
  /** The release by which it needs a test, X.Y.0. */
  readonly due: string;
}

/** A pending endpoint without a test. */
export interface PendingGap extends Gap {
  readonly since: string | null;
  /** Minor releases on the list; null: unknown. */
  readonly pendingFor: number | null;
}

/** A new eligible endpoint that is hit. */
export interface ProvenEndpoint {
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly kind: string | null;
  readonly group: string | null;
  /** A test that hits it, if possible a conformance test; null: the hits name none. */
  readonly test: string | null;
}

/** An entry of a list that should be removed. */
export interface StaleEntry {
  readonly list: 'ineligible' | 'pending';
  readonly endpoint: string;
  readonly line: number | null;
  /** A sentence: `The document has no such endpoint.` */
  readonly why: string;
}

/** What the gate found: plain data; `--output json` prints it. */
export interface GateAnswer {
  readonly verdict: Verdict;
  readonly exitCode: 0 | 1 | 3;
  /** One sentence for people: `3 endpoints are missing a conformance test.` */
  readonly summary: string;
  /** Of the current document and the previous one; null: unknown, the verdict is `cannot tell`. */
  readonly release: string | null;
  readonly previousRelease: string | null;
  /** Every source, judged or not, in the order of their roles. */
  readonly sources: readonly SourceFacts[];
  /** Why it cannot tell: sentences that end with the way out. Empty for all other verdicts. */
  readonly doubts: readonly string[];
  readonly counts: {
    /** Judged levels, without deprecated endpoints. */
    readonly endpoints: number;
    readonly eligible: number;
    readonly newEndpoints: number;
    /** New eligible endpoints that are hit. */
    readonly proven: number;
  };
  /** As many as counts.proven; by group, kind and name. */
  readonly proven: readonly ProvenEndpoint[];
  /** Endpoints that fail: new ones, and older ones that need a test through this change; by group, kind and name. */
  readonly gaps: readonly Gap[];
  /** The other older endpoints; null: not asked for. They fail, too. */
  readonly debt: readonly Gap[] | null;
  readonly due: readonly DueGap[];
  readonly pending: readonly PendingGap[];
  readonly stale: readonly StaleEntry[];
  /** Whether stale entries fail. */
  readonly staleFails: boolean;
  /** Conformance tests of this release or change that no source of hits has seen. */
  readonly unprovenTests: readonly {
    readonly codename: string;
    readonly file: string | null;
    readonly line: number | null;
  }[];
  /** The command that proves them; null: there are none. */
  readonly prove: string | null;
  /** Same method and path, another name. */
  readonly renamed: readonly { readonly from: string; readonly to: string }[];
  /** Endpoints that the previous document lacks but an older release had. */
  readonly readded: readonly string[];
  /** Endpoints of the previous document that are gone. */
  readonly removed: readonly string[];
  /** Endpoints in hits that the document does not have. */
  readonly unknownHits: readonly string[];
  /** What else a reader should know, as sentences. */
  readonly notes: readonly string[];
}
