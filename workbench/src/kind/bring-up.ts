import { loadClusterDocument, migrate, useNearestBaseline, withPool } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { fetchDocument } from '../audited-cluster/cluster-document.ts';
import { fetchClusterVersion } from '../audited-cluster/cluster-version.ts';
import type { Progress } from '../progress.ts';
import { openClusterApi, waitForApi } from './cluster-api.ts';
import type { ClusterApi } from './cluster-api.ts';
import { describeNodes } from './create.ts';
import { startNodes } from './docker.ts';
import type { NodeContainer, Tools } from './docker.ts';
import { ensureForward } from './ensure-forward.ts';
import { ownImages } from './images.ts';
import { applyOverlay } from './kubectl.ts';
import { identifyImages, loadMissing, replaceOutdated } from './loaded-images.ts';
import { startProbe } from './probe.ts';
import type { KindFiles } from './kind-files.ts';
import { writeKindState } from './state.ts';
import type { KindState } from './state.ts';
import { waitUntil } from './wait-until.ts';
import type { WaitOptions } from './wait-until.ts';
import { isWorkbenchReady } from './workbench-ready.ts';

/** The API server retries after up to 40 s at first, later after minutes. */
const probeWithinMs = 240_000;
const workbenchWithinMs = 180_000;

export interface BringUpOptions {
  /** The state folder. */
  readonly folder: string;
  readonly files: KindFiles;
  readonly tools: Tools;
  readonly progress: Progress;
  /** Whether the cluster existed before; then repairs are reported. */
  readonly existed: boolean;
}

/**
 * Starts everything on the nodes. Each part is checked first, so this also repairs a cluster.
 *
 * @returns descriptions of the repairs
 */
export async function bringUp(
  options: BringUpOptions,
  begun: KindState,
  nodes: readonly NodeContainer[],
): Promise<string[]> {
  const { folder, tools, files, progress, existed } = options;
  const repaired: string[] = [];
  let state: KindState = { ...begun, ...describeNodes(nodes) };
  const note = (change: Partial<KindState>): void => {
    state = { ...state, ...change };
    writeKindState(folder, state);
  };
  const stopped = nodes.filter(({ running }) => !running);
  if (stopped.length > 0) {
    const names = stopped.map(({ name }) => name).join(', ');
    await progress.step(`Starting ${names}`, () => startNodes(tools, stopped));
    repaired.push(`started ${names}`);
  }
  const names = ownImages.map(({ reference }) => reference);
  const images = await identifyImages(tools, names);
  const loaded = await loadMissing(tools, progress, { folder, state, nodes, images });
  note({ images });
  if (loaded.length > 0) repaired.push(`loaded ${loaded.join(', ')}`);
  if (existed) {
    const replaced = await progress.step('Replacing containers of older images', () =>
      replaceOutdated(tools, nodes, names),
    );
    if (replaced.length > 0) repaired.push(`restarted from a newer image: ${replaced.join(', ')}`);
  }
  const api = openClusterApi(state);
  await progress.step('Waiting for the API', () => waitForApi(api, tools.signal));
  await progress.step('Applying manifests/kind', () => applyOverlay(tools, state, files.overlay));
  const { forwarder } = state;
  const forward = await progress.step('Waiting for SnoopDB on the node', (update) =>
    ensureForward(tools, { folder, api, update }, state, note),
  );
  if (forward.forwarder.pid !== forwarder?.pid) repaired.push('SnoopDB is forwarded again');
  await withPool(forward.url, { applicationName: 'snoop up', max: 2 }, async (pool) => {
    await loadDocument(pool, api, state, note);
    const waiting = { api, cluster: state.name, signal: tools.signal };
    await progress.step('Waiting for a probe request in SnoopDB', (update) =>
      waitForProbe(pool, state, { ...waiting, update }),
    );
    await progress.step('Waiting for the workbench', (update) => waitForWorkbench({ ...waiting, update }));
  });
  note({ phase: 'running' });
  return repaired;
}

/** Chooses the baseline, and loads the cluster's document for each source. */
async function loadDocument(
  pool: Pool,
  api: ClusterApi,
  { controlPlanes }: KindState,
  note: (change: Partial<KindState>) => void,
): Promise<void> {
  await migrate(pool);
  const version = await fetchClusterVersion(api.ownKubeConfig, api.server);
  const baseline = await useNearestBaseline(pool, version);
  const fetched = await fetchDocument(api.ownKubeConfig, null);
  if (fetched) for (const source of controlPlanes) await loadClusterDocument(pool, { source, version, ...fetched });
  note({ ready: { at: new Date().toISOString(), clusterVersion: version, server: api.server, baseline } });
}

type Waiting = Pick<WaitOptions, 'api' | 'cluster' | 'signal' | 'update'>;

function waitForProbe(pool: Pool, { controlPlanes }: KindState, waiting: Waiting): Promise<true> {
  const probe = startProbe(waiting.api, pool);
  return waitUntil(() => probe.check(), {
    ...waiting,
    withinMs: probeWithinMs,
    failure: 'The cluster answers, but its audit events do not arrive in SnoopDB.',
    advice: [
      `Does the auditlogger answer? 'docker exec ${controlPlanes[0]} curl -s http://127.0.0.1:9900/readyz'`,
      "'snoop kind lint kind/kind.yaml' finds what keeps an API server from sending.",
    ],
  });
}

function waitForWorkbench(waiting: Waiting): Promise<true> {
  return waitUntil(() => isWorkbenchReady(waiting.api), {
    ...waiting,
    withinMs: workbenchWithinMs,
    failure: 'The workbench in the cluster is not ready.',
    advice: ["'kubectl describe pod -n snoop' shows details."],
  });
}
