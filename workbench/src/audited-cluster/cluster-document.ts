import type { KubeConfig } from '@kubernetes/client-node';
import { loadClusterDocument, parseBoundedJson, readClusterDocument, resolveAgain } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { isPermissionDenied, SnoopError } from '../errors.ts';
import { pause } from '../pause.ts';
import { sendRaw } from './raw-request.ts';
import type { TimedRequest } from './raw-request.ts';

/** The cluster of a run, asked by the workbench itself. */
export interface ClusterInRun {
  readonly ownKubeConfig: KubeConfig;
  /** As a release: `1.36.3`. */
  readonly version: string;
  readonly server: string;
  /** Under which its events arrive, one name for each kube-apiserver; none: not known yet. */
  readonly sources: readonly string[];
}

/** A cluster's OpenAPI document as it was at some moment. */
export interface FetchedDocument {
  readonly etag: string | null;
  readonly document: unknown;
}

/** A CRD that lives for one test only should be seen while it lives. */
const pollMs = 1_000;

/** One with hundreds of custom resources has 40 MB. */
const maxBytes = 64 << 20;

/** A cluster that does not answer must not hold up the report. */
const requestTimeoutMs = 10_000;

/**
 * Fetches the cluster's OpenAPI document, or null when it still is the one with this ETag.
 *
 * @throws SnoopError `no_answer`, also for one of more than 64 MiB, `no_document`; SnoopDbError `bad_document`
 */
export async function fetchDocument(
  ownKubeConfig: KubeConfig,
  etag: string | null,
  end: Pick<TimedRequest, 'signal' | 'timeoutMs'> = {},
): Promise<FetchedDocument | null> {
  const headers = { Accept: 'application/json', ...(etag !== null && { 'If-None-Match': etag }) };
  const answer = await sendRaw(ownKubeConfig, { path: '/openapi/v2', headers, maxBytes: maxBytes, ...end });
  if (answer.status === 304) return null;
  if (answer.status !== 200) {
    throw new SnoopError('no_document', `The cluster answered ${answer.status} when asked for its OpenAPI document.`);
  }
  return {
    etag: answer.headers.etag ?? null,
    document: parseBoundedJson("The cluster's OpenAPI document", answer.body),
  };
}

/**
 * Brings what SnoopDB knows of a cluster's endpoints up to date, then resolves what did not resolve before.
 *
 * @param seen documents that were fetched before, oldest first; taken over before the present one
 */
export async function refreshClusterDocument(
  pool: Pool,
  { sources, version, ownKubeConfig }: ClusterInRun,
  seen: readonly FetchedDocument[] = [],
): Promise<void> {
  // Of all sources together.
  const signal = AbortSignal.timeout(requestTimeoutMs);
  for (const source of sources) {
    for (const one of seen) await loadClusterDocument(pool, { source, version, ...one });
    const known = await readClusterDocument(pool, source);
    const fetched = await fetchDocument(ownKubeConfig, known?.etag ?? null, { signal });
    if (fetched) await loadClusterDocument(pool, { source, version, ...fetched });
    await resolveAgain(pool, source).catch((error: unknown) => {
      // The document serves what comes from now on; what did not resolve is the report's to say.
      if (!isPermissionDenied(error)) throw error;
    });
  }
}

/** Looks at a cluster's document again and again during a run. */
export interface DocumentWatch {
  /** What could not be stored yet, oldest first. */
  readonly unstored: readonly FetchedDocument[];
  /** Ends the looking. */
  stop(): Promise<void>;
}

/**
 * Takes over every new document of a cluster while tests run. What goes wrong is passed over: the tests are not about
 * it, and the document is read once more after them.
 *
 * @param etag of the document that is known already
 * @param store null: nobody knows yet where the documents belong, so they are kept
 */
export function watchDocument(
  ownKubeConfig: KubeConfig,
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
