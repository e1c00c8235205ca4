import type { Pool } from '@snoop/snoopdb';
import type { Context } from '../../context.ts';

/** What the gate reads, as the user named it. */
export interface StatedSources {
  /** The current document: a file, a URL, `-`, or a folder or file with CRDs; null: the one of {@link repo}. */
  readonly openapi: string | null;
  /** The same, or a git revision (`REF`, `REF:PATH`), or a release that ships; null: by {@link repo}. */
  readonly previous: string | null;
  /** Files or URLs of the lists; null: those of {@link repo}. */
  readonly conformance: string | null;
  readonly ineligible: string | null;
  readonly pending: string | null;
  /** Sources of hits: `db`, files, folders, URLs. */
  readonly hits: readonly string[];
  /** A folder in a checkout of kubernetes/kubernetes. */
  readonly repo: string | null;
  /** The release of the current document; any spelling. */
  readonly release: string | null;
  /** The release of the previous document, if nothing else says it. */
  readonly previousRelease: string | null;
  /** The commit of the current document, 7 to 40 hex digits. */
  readonly commit: string | null;
  /** Of hits that do not say it: release, ISO 8601 date, commit of 7 to 40 hex digits. */
  readonly hitsRelease: string | null;
  readonly hitsDate: string | null;
  readonly hitsCommit: string | null;
  /** As in the rules of the gate. With groups, the lists are optional and releases are those of the user's own API. */
  readonly groups: readonly string[] | null;
}

/** What the gate reads, and what it reads with. */
export interface GateRequest extends StatedSources, Pick<Context, 'cwd' | 'progress' | 'signal'> {
  readonly stdin: NodeJS.ReadableStream;
  /** For git. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Opens the SnoopDB of the usual flags for `db`, and closes it. */
  readonly withPool: <T>(work: (pool: Pool) => Promise<T>) => Promise<T>;
}
