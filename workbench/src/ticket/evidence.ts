import { computeDigest, type RunDocument } from '@snoop/snoopdb';

const format = 'snoop-ticket';
const version = 1;

/** What a ticket is made from: with it, anybody can write the same ticket again. The last block of a ticket holds it. */
export interface TicketEvidence {
  readonly format: typeof format;
  readonly version: typeof version;
  /** Digest of the rest; finds accidents, not forgeries. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly written_at: string;
  readonly snoop_version: string;
  /** Whether the ticket shows the outline alone, without sources and coverage. */
  readonly outline_only: boolean;
  /** The query that found the endpoints, and its rows at that time. */
  readonly query: TicketQuery;
  /** Settled runs without bodies, in the order of the ticket. */
  readonly runs: readonly RunDocument[];
}

export interface TicketQuery {
  readonly sql: string;
  /** The baseline that answered. */
  readonly release: string;
  readonly rows: readonly { readonly endpoint: string; readonly path: string; readonly kind: string | null }[];
}

/** In the place of evidence that does not fit into a ticket. */
export interface AttachedEvidence {
  readonly format: typeof format;
  readonly version: typeof version;
  /** `sha256` of the evidence in the attachment. */
  readonly sha256: string;
  /** Name of the attached file, without a folder. */
  readonly attachment: string;
}

/** Completes evidence with its format and digest. */
export function createEvidence(parts: Omit<TicketEvidence, 'format' | 'version' | 'sha256'>): TicketEvidence {
  const evidence = { format, version, ...parts } as const;
  return { ...evidence, sha256: computeDigest(evidence) };
}

/** Names the file that holds evidence, in its place. */
export function attachEvidence({ sha256 }: TicketEvidence, attachment: string): AttachedEvidence {
  return { format, version, sha256, attachment };
}
