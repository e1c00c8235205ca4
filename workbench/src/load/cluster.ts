import { loadClusterDocument, resolveAgain } from '@snoop/snoopdb';
import { fetchDocument } from '../audited-cluster/cluster-document.ts';
import { fetchClusterVersion } from '../audited-cluster/cluster-version.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import { SnoopError, wrongUse } from '../errors.ts';
import type { Loading } from './request.ts';

/** Fetches the OpenAPI document of a cluster and keeps it by source; events that did not resolve before are resolved again. */
export async function loadCluster({
  request,
  context: { progress, signal },
  pool,
  done,
  target,
}: Loading & { readonly target: Target }): Promise<void> {
  const source = request.flags.source ?? target.stateCluster?.sources[0] ?? null;
  if (source === null) {
    throw wrongUse(
      `What is ${target.server} called as a source of events?`,
      'Say the --source of its auditlogger: snoop load openapi --cluster --context … --source NAME',
    );
  }
  await progress.step(`loading the document of ${target.server}`, async () => {
    const ownKubeConfig = openOwnKubeConfig(target.kubeconfig);
    const version = await fetchClusterVersion(ownKubeConfig, target.server);
    const fetched = await fetchDocument(ownKubeConfig, null, { signal });
    if (!fetched) throw new SnoopError('no_document', `${target.server} gave no OpenAPI document.`);
    const loaded = await loadClusterDocument(pool, { source, version, ...fetched });
    const { resolved } = await resolveAgain(pool, source);
    const notes = [
      { count: loaded.added, what: 'endpoints that were not known' },
      { count: loaded.removed, what: 'endpoints that are served no more' },
      { count: resolved, what: 'held events that resolve now and did not before' },
    ].filter((note) => note.count > 0);
    done({
      what: 'cluster',
      name: target.server,
      release: version,
      source,
      read: loaded.endpoints,
      stored: loaded.endpoints,
      resolved: null,
      rejected: 0,
      skipped: 0,
      notes,
      incomplete: null,
    });
  });
}
