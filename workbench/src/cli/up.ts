import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { printExports } from '../command-line/exports.ts';
import type { Context } from '../context.ts';
import { describeExec } from '../control-plane/exec-programs.ts';
import { maxNodes } from '../control-plane/node-settings.ts';
import type { NodeSettings } from '../control-plane/node-settings.ts';
import type { ControlPlane } from '../control-plane/state.ts';
import { wrongUse } from '../errors.ts';
import { startKindCluster, type KindStarted } from '../kind/up.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { stateFlags } from '../command-line/flags.ts';
import { resolveStateFolder } from '../state-folder.ts';
import { checkNoKindCluster } from '../kind/cluster-conflict.ts';
import { startControlPlane } from '../control-plane/start.ts';
import { trySweep } from '../removal/sweep.ts';

const flags = {
  release: valueFlag('--release <X.Y.Z>', 'the Kubernetes release; 1.36 means 1.36.0').defaultsToWhat(
    "the state folder's, else 1.37.2",
  ),
  ...stateFlags,
  databaseUrl: valueFlag('--database-url <URL>', 'your own PostgreSQL for SnoopDB, only for this start').defaultsToWhat(
    'one in the state folder',
  ),
  nodes: valueFlag(
    '--nodes <N>',
    `simulated nodes (0 to ${maxNodes}): Pods are scheduled and run, without containers; 0 removes nodes and their parts`,
    readNodeCount,
  ).defaultsToWhat("the state folder's"),
  nodesExec: switchFlag(
    '--nodes-exec',
    'with --nodes: exec in Pods runs programs on this machine, as nobody, in an empty folder, with an empty PATH. Needs ' +
      'root on Linux, and holds until the next start',
  ),
  kind: switchFlag(
    '--kind',
    "a kind cluster, in Docker: builds this project's images, creates the cluster, loads and applies everything, waits " +
      'until SnoopDB has a request, and forwards SnoopDB to loopback. Run again, it repairs what is missing and updates ' +
      "images. 'snoop down --kind' deletes it with its data",
  ).conflicts(['databaseUrl', 'nodes', 'nodesExec']),
  name: valueFlag('--name <NAME>', "the kind cluster's name").defaultsToWhat('snoop'),
  image: valueFlag('--image <NODE_IMAGE>', 'its node image; --release must match it')
    .defaultsToWhat(
      'kindest/node of the release, or v1.37.0 without --release, since kind does not publish every release',
    )
    .from('SNOOP_KIND_IMAGE'),
};

export const command = defineCommand({
  name: 'snoop up',
  title: 'start a real Kubernetes API on this machine, without Docker, and record every request to it',
  usage: ['snoop up [options]', 'snoop up --kind [--release X.Y.Z] [--name NAME] [--image NODE_IMAGE]'],
  about: `
Starts etcd, kube-apiserver, kube-controller-manager, SnoopDB (PostgreSQL), the auditlogger and the page ('snoop ui') on
loopback, waits until all of them answer, and prints export lines for a shell. They run until 'snoop down'. Run again, it prints the lines
again.

The programs come from the first of KUBEBUILDER_ASSETS, PATH, the cache, a download with verified checksums, and a build
from Go modules (minutes, once on a machine). 'snoop kind images --help' describes the images of --kind.`,
  flags,
  environment: {
    KUBEBUILDER_ASSETS: 'a folder with etcd and kube-apiserver',
    XDG_CACHE_HOME: 'where programs are cached (default: ~/.cache)',
    SNOOP_LIVE_MAX_ROWS: 'the maximum number of live events (default: 5000000)',
    SNOOP_LIVE_MAX_BYTES: 'their maximum size (default: 8GiB)',
    SNOOP_LIVE_MAX_AGE: 'their maximum age (default: 7d)',
    SNOOP_SPOOL: 'a folder (absolute path) where audit events wait while SnoopDB is down',
    SNOOP_SPOOL_MAX_BYTES: 'its maximum size (default: 1GiB)',
    'DATABASE_URL, KUBECONFIG': 'printed, never used',
  },
  examples: `
snoop up
eval "$(snoop up)"        # then kubectl and psql in this shell use it
snoop up --release 1.35.0 --state /tmp/older
snoop up --nodes 2        # Pods run; 'snoop up --nodes 0' removes the nodes
snoop up --kind           # with Docker, kind and kubectl on the PATH
snoop up --kind --release 1.35.8 --name older --state /tmp/older`,
  exitCodes: '0 it runs · 2 wrong use · 3 it could not be started, and was cleaned up',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, progress, signal, cwd, stdout } = context;
  checkFlags(values);
  const folder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  if (values.kind === true) {
    const { release, name, image } = values;
    const started = await startKindCluster({ folder, release, name, image, environment, progress, signal });
    await sweep(started.cluster.kubeconfig, folder, context);
    progress.print(describeKind(started));
    stdout.write(printExports(started.cluster));
    return 0;
  }
  checkNoKindCluster(folder);
  const { controlPlane, wasRunning } = await startControlPlane({
    folder,
    release: values.release,
    databaseUrl: values.databaseUrl,
    nodes: values.nodes === undefined ? undefined : { count: values.nodes, exec: values.nodesExec },
    environment,
    progress,
    signal,
  });
  const { databaseUrl } = environment;
  if (databaseUrl !== null && databaseUrl !== controlPlane.snoopdb.url) {
    progress.print('DATABASE_URL is ignored; to use that database, pass --database-url.');
  }
  await sweep(controlPlane.kubeconfig, folder, context);
  progress.print(describe(controlPlane, wasRunning));
  if (controlPlane.nodes) progress.print(describeNodes(controlPlane.nodes));
  stdout.write(printExports(controlPlane));
  return 0;
}

/** Removes namespaces of killed runs. */
async function sweep(kubeconfig: string, stateFolder: string, { progress }: Context): Promise<void> {
  const ownKubeConfig = openOwnKubeConfig({ files: [kubeconfig], context: null });
  await trySweep({ ownKubeConfig, stateFolder }, progress.print);
}

function describe({ clusterVersion, apiserver, folder, baseline, ui }: ControlPlane, wasRunning: boolean): string {
  return [
    `Kubernetes ${clusterVersion} ${wasRunning ? 'runs already' : 'is ready'} at ${apiserver.url}; baseline ${baseline.release} (${baseline.origin}).`,
    ui.running
      ? `The page, live: ${ui.url}`
      : `The page is not served; ${folder}/logs/ui.log says why. 'snoop ui' serves it, too.`,
    `State, kubeconfig and logs: ${folder}. 'snoop status' shows details, 'snoop down' stops it.`,
  ].join('\n');
}

function describeNodes({ exec }: NodeSettings): string {
  return [
    "Simulated nodes run Pods without containers; logs, attach and port-forward answer fixed texts. 'snoop status' lists them.",
    exec === null ? 'exec is refused (--nodes-exec allows it).' : describeExec(exec),
  ].join('\n');
}

/** @throws SnoopError `wrong_use` */
function readNodeCount(text: string, name: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (count <= maxNodes) return count;
  throw wrongUse(`${name} takes a whole number from 0 to ${maxNodes}, not '${text}'.`);
}

function describeKind({ cluster, existed, repaired }: KindStarted): string {
  const { name, clusterVersion, server, baseline, folder, ui } = cluster;
  return [
    ...repaired.map((what) => `Repaired: ${what}.`),
    `The kind cluster '${name}' (Kubernetes ${clusterVersion}) ${existed ? 'is in order' : 'is ready'} at ${server}; baseline ${baseline.release} (${baseline.origin}).`,
    ...(ui === null ? [] : [`The page, live: ${ui.url}`]),
    `State and kubeconfig: ${folder}/kind. 'snoop status' shows details, 'snoop down --kind' deletes it.`,
  ].join('\n');
}

/** @throws SnoopError `wrong_use` for a flag that needs another one */
function checkFlags(values: Given<typeof flags>['flags']): void {
  if (values.nodesExec && !values.nodes) {
    throw wrongUse('--nodes-exec needs --nodes with at least 1.', "Example: 'snoop up --nodes 2 --nodes-exec'.");
  }
  const flag = (['name', 'image'] as const).find((name) => values[name] !== undefined);
  if (values.kind === true || flag === undefined) return;
  throw wrongUse(`--${flag} needs --kind.`, "See 'snoop up --help'.");
}
