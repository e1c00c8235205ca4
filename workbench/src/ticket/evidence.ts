import { checkDigestedDocument, checkRunDocument, computeDigest, type RunDocument, SnoopDbError } from '@snoop/snoopdb';

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

/**
 * Checks that a value is the whole evidence of a ticket, and its runs whole run documents.
 * @param name of the ticket or attachment, for messages
 * @throws SnoopDbError `bad_document`
 */
export async function checkEvidence(name: string, value: unknown): Promise<TicketEvidence> {
  const evidence = await checkDigestedDocument<TicketEvidence>(name, value, {
    ...{ format, version },
    schemaFile: new URL('../../schemas/ticket.schema.json', import.meta.url),
    description: "the evidence of a ticket written by 'snoop ticket'",
  });
  const ids = new Set<string>();
  for (const [at, document] of evidence.runs.entries()) {
    const { run } = await checkRunDocument(`${name}, run ${at + 1}`, document);
    if (ids.has(run.id)) throw new SnoopDbError('bad_document', `${name}: the run ${run.id} is in it twice.`);
    ids.add(run.id);
  }
  return evidence;
}
