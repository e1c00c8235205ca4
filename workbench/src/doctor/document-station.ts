import { readClusterDocument, readClusterOperations, readOperations, SnoopDbError } from '@snoop/snoopdb';
import { fetchDocument } from '../audited-cluster/cluster-document.ts';
import type { FetchedDocument } from '../audited-cluster/cluster-document.ts';
import { SnoopError } from '../errors.ts';
import { formatAge } from '../output/quantities.ts';
import { notChecked, ok, wrong } from './finding.ts';
import type { Finding } from './finding.ts';
import { onlyFinding } from './station.ts';
import type { Facts, Station } from './station.ts';

const requestTimeoutMs = 30_000;

/** Whether SnoopDB has the cluster's present OpenAPI document, for each source of its events. */
export const documentStation: Station = {
  name: 'document',
  limitMs: () => 2 * requestTimeoutMs,
  async check({ facts, signal }) {
    const { target, access, cluster, database, sources = target?.stateCluster?.sources ?? [] } = facts;
    if (!target || !access || !cluster) return onlyFinding(notChecked('the cluster gave no version'));
    if (!database) return onlyFinding(notChecked('SnoopDB cannot be used'));
    if (sources.length === 0) return onlyFinding(notChecked('no event shows the source of its events'));
    const findings: Finding[] = [];
    try {
      for (const source of sources) {
        findings.push(await checkDocument({ access, database }, source, signal));
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SnoopError) && !(error instanceof SnoopDbError)) throw error;
      findings.push(wrong('document_unreadable', { server: target.server, why: error.message }));
    }
    return { findings };
  },
};

async function checkDocument(
  { access, database: { pool } }: Required<Pick<Facts, 'access' | 'database'>>,
  source: string,
  signal: AbortSignal,
): Promise<Finding> {
  const known = await readClusterDocument(pool, source);
  const fetched = await fetchDocument(access, known?.etag ?? null, { signal, timeoutMs: requestTimeoutMs });
  if (!known) return wrong('document_missing', { source });
  const age = formatAge(Math.max(0, Date.now() - known.loadedAt.getTime()) / 1000);
  const change = fetched ? compare(fetched, (await readClusterOperations(pool, source, 'endpoint')).served) : null;
  if (change && change.added + change.removed > 0) return wrong('document_outdated', { source, age, ...change });
  return ok(`${known.endpoints} endpoints of ${source}, read ${age} ago and unchanged`);
}

/** The document may change without a change of its endpoints. */
function compare(
  { document }: FetchedDocument,
  known: readonly { readonly method: string; readonly path: string }[],
): { added: number; removed: number } {
  const list = (some: typeof known): Set<string> => new Set(some.map(({ method, path }) => `${method} ${path}`));
  const before = list(known);
  const now = list(readOperations(document).operations);
  const count = (some: ReadonlySet<string>, others: ReadonlySet<string>): number =>
    [...some].filter((name) => !others.has(name)).length;
  return { added: count(now, before), removed: count(before, now) };
}
