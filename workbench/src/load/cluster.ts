import { loadClusterDocument, resolveAgain } from '@snoop/snoopdb';
import { fetchDocument } from '../audited-cluster/cluster-document.ts';
import { fetchClusterVersion } from '../audited-cluster/cluster-version.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import { SnoopError, wrongUse } from '../errors.ts';
import type { Loading } from './request.ts';

/** Stores a cluster's OpenAPI document under its source, and resolves the source's unresolved events again. */
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
      `The source of the events of ${target.server} is missing.`,
      'Name it as its auditlogger does: snoop load openapi --cluster --context … --source NAME',
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
      { count: loaded.added, what: 'new endpoints' },
      { count: loaded.removed, what: 'endpoints no longer served' },
      { count: resolved, what: 'stored events that now resolve' },
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
