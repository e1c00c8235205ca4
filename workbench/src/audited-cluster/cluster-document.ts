import { loadClusterDocument, parseBoundedJson, readClusterDocument, resolveAgain } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { isPermissionDenied, SnoopError } from '../errors.ts';
import { pause } from '../pause.ts';
import { sendRaw } from './raw-request.ts';
import type { ClusterAccess, TimedRequest } from './raw-request.ts';

/** The cluster of a run, for the workbench's own requests. */
export interface ClusterInRun {
  readonly ownKubeConfig: ClusterAccess;
  /** As a release: `1.36.3`. */
  readonly version: string;
  readonly server: string;
  /** The sources of its events, one per kube-apiserver; empty while unknown. */
  readonly sources: readonly string[];
}

/** A fetched OpenAPI document of a cluster. */
export interface FetchedDocument {
  readonly etag: string | null;
  readonly document: unknown;
}

/** Frequent enough to see a CRD that exists only during one test. */
const pollMs = 1_000;

/** A document with hundreds of custom resources has 40 MB. */
const maxBytes = 64 << 20;

/** A cluster that does not answer must not delay the report. */
const requestTimeoutMs = 10_000;

/**
 * Fetches the cluster's OpenAPI document; null when its ETag has not changed.
 *
 * @throws SnoopError `no_answer` (also above 64 MiB), `no_document`; SnoopDbError `bad_document`
 */
export async function fetchDocument(
  ownKubeConfig: ClusterAccess,
  etag: string | null,
  end: Pick<TimedRequest, 'signal' | 'timeoutMs'> = {},
): Promise<FetchedDocument | null> {
  const headers = { Accept: 'application/json', ...(etag !== null && { 'If-None-Match': etag }) };
  const answer = await sendRaw(ownKubeConfig, { path: '/openapi/v2', headers, maxBytes: maxBytes, ...end });
  if (answer.status === 304) return null;
  if (answer.status !== 200) {
    throw new SnoopError(
      'no_document',
      `The cluster answered ${answer.status} to the request for its OpenAPI document.`,
    );
  }
  return {
    etag: answer.headers.etag ?? null,
    document: parseBoundedJson("The cluster's OpenAPI document", answer.body),
  };
}

/**
 * Updates a cluster's endpoints in SnoopDB, then resolves unresolved events again.
 *
 * @param seen documents fetched earlier, oldest first; stored before the current one
 */
export async function refreshClusterDocument(
  pool: Pool,
  { sources, version, ownKubeConfig }: ClusterInRun,
  seen: readonly FetchedDocument[] = [],
): Promise<void> {
  // One limit for all sources.
  const signal = AbortSignal.timeout(requestTimeoutMs);
  for (const source of sources) {
    for (const one of seen) await loadClusterDocument(pool, { source, version, ...one });
    const known = await readClusterDocument(pool, source);
    const fetched = await fetchDocument(ownKubeConfig, known?.etag ?? null, { signal });
    if (fetched) await loadClusterDocument(pool, { source, version, ...fetched });
    await resolveAgain(pool, source).catch((error: unknown) => {
      // The document serves future events; the report mentions what is still unresolved.
      if (!isPermissionDenied(error)) throw error;
    });
  }
}

/** Polls a cluster's document during a run. */
export interface DocumentWatch {
  /** Documents that could not be stored yet, oldest first. */
  readonly unstored: readonly FetchedDocument[];
  stop(): Promise<void>;
}

/**
 * Stores every new document of a cluster while tests run. Errors are ignored: the document is read once more after
 * the tests.
 *
 * @param etag of the known document
 * @param store null while it is unknown where documents belong; they are kept until then
 */
export function watchDocument(
  ownKubeConfig: ClusterAccess,
  etag: string | null,
  store: ((document: FetchedDocument) => Promise<void>) | null,
): DocumentWatch {
  const stopping = new AbortController();
  const unstored: FetchedDocument[] = [];
  let last = etag;
  const look = async (): Promise<void> => {
    const fetched = await fetchDocument(ownKubeConfig, last, { signal: stopping.signal }).catch(() => null);
    if (!fetched) return;
    last = fetched.etag;
    if (!store) unstored.push(fetched);
    else await store(fetched).catch(() => unstored.push(fetched));
  };
  const looking = (async () => {
    while (!stopping.signal.aborted) {
      await look();
      await pause(pollMs, stopping.signal);
    }
  })();
  return {
    unstored,
    async stop() {
      stopping.abort();
      await looking;
    },
  };
}
