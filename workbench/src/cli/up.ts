import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { printExports } from '../command-line/exports.ts';
import type { Context } from '../context.ts';
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
    "the state's, else 1.36.3",
  ),
  ...stateFlags,
  databaseUrl: valueFlag('--database-url <URL>', 'a PostgreSQL of your own for SnoopDB, this time').defaultsToWhat(
    'one in the state folder',
  ),
  kind: switchFlag(
    '--kind',
    'a whole cluster, with nodes, in Docker: builds our images, creates it with kind, loads and applies everything, waits ' +
      'until a request was seen in SnoopDB, and forwards SnoopDB to loopback. Called again, it mends what is missing and ' +
      "takes over newer images. Its data go with it: 'snoop down --kind'",
  ).conflicts('databaseUrl'),
  name: valueFlag('--name <NAME>', "the kind cluster's name").defaultsToWhat('snoop'),
  image: valueFlag('--image <NODE_IMAGE>', 'its node image; --release has to fit it')
    .defaultsToWhat('kindest/node of the release, without one v1.36.4, as kind publishes not every release')
    .from('SNOOP_KIND_IMAGE'),
};

/** `snoop up`. Answers 0: it runs, and the exports are on stdout. */
export const command = defineCommand({
  name: 'snoop up',
  title: 'starts a real Kubernetes API on this machine, without Docker, and records every request to it',
  usage: ['snoop up [options]', 'snoop up --kind [--release X.Y.Z] [--name NAME] [--image NODE_IMAGE]'],
  about: `
Starts etcd, kube-apiserver, kube-controller-manager, SnoopDB (PostgreSQL) and the auditlogger on loopback, and returns
when all of them answer; they run on until 'snoop down'. Prints the export lines for a shell. Called again, it prints
them again.

Where the programs come from, in this order: KUBEBUILDER_ASSETS, PATH, the cache, a download with verified checksums, a
build from Go modules (minutes, once on a machine). 'snoop kind images --help' says what the images of --kind are built
from.`,
  flags,
  environment: {
    KUBEBUILDER_ASSETS: 'a folder with etcd and kube-apiserver',
    XDG_CACHE_HOME: 'where programs are cached (default: ~/.cache)',
    SNOOP_LIVE_MAX_ROWS: 'how many live events are held at most (default: 5000000)',
    SNOOP_LIVE_MAX_BYTES: 'their size at most (default: 8GiB)',
    SNOOP_LIVE_MAX_AGE: 'how long they are held at most (default: 7d)',
    SNOOP_SPOOL: 'a folder (its whole path) where audit events wait while SnoopDB is away',
    SNOOP_SPOOL_MAX_BYTES: 'its size at most (default: 1GiB)',
    'DATABASE_URL, KUBECONFIG': 'are printed, never used',
  },
  examples: `
snoop up
eval "$(snoop up)"        # kubectl and psql of this shell talk to it
snoop up --release 1.35.0 --state /tmp/older
snoop up --kind           # with Docker, kind and kubectl on the PATH
snoop up --kind --release 1.35.8 --name older --state /tmp/older`,
  exitCodes: '0 it runs · 2 wrong use · 3 it could not be started, and nothing that this call made is left',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const { environment, progress, signal, cwd, stdout } = context;
  refuseMixture(values);
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
    environment,
    progress,
    signal,
  });
  const { databaseUrl } = environment;
  if (databaseUrl !== null && databaseUrl !== controlPlane.snoopdb.url) {
    progress.print('The DATABASE_URL of this shell is not used; --database-url would use it.');
  }
  await sweep(controlPlane.kubeconfig, folder, context);
  progress.print(describe(controlPlane, wasRunning));
  stdout.write(printExports(controlPlane));
  return 0;
}

/** Runs that were killed left their namespaces in the cluster's data. */
async function sweep(kubeconfig: string, stateFolder: string, { progress }: Context): Promise<void> {
  const ownKubeConfig = openOwnKubeConfig({ files: [kubeconfig], context: null });
  await trySweep({ ownKubeConfig, stateFolder }, progress.print);
}

function describe({ clusterVersion, apiserver, folder, baseline }: ControlPlane, wasRunning: boolean): string {
  return [
    `Kubernetes ${clusterVersion} ${wasRunning ? 'runs already' : 'is ready'} at ${apiserver.url}; baseline ${baseline.release} (${baseline.origin}).`,
    `State, kubeconfig and logs: ${folder}. 'snoop status' says more, 'snoop down' stops it.`,
  ].join('\n');
}

function describeKind({ cluster, existed, repaired }: KindStarted): string {
  const { name, clusterVersion, server, baseline, folder } = cluster;
  return [
    ...repaired.map((what) => `Mended: ${what}.`),
    `The kind cluster '${name}' (Kubernetes ${clusterVersion}) ${existed ? 'is in order' : 'is ready'} at ${server}; baseline ${baseline.release} (${baseline.origin}).`,
    `State and kubeconfig: ${folder}/kind. 'snoop status' says more, 'snoop down --kind' deletes it.`,
  ].join('\n');
}

/** @throws SnoopError `wrong_use` for flags that belong to the other kind of cluster */
function refuseMixture(values: Given<typeof flags>['flags']): void {
  const page = "'snoop up --help' lists all.";
  const orphan = (['name', 'image'] as const).find((flag) => values[flag] !== undefined);
  if (values.kind === true || orphan === undefined) return;
  throw wrongUse(`--${orphan} is about a kind cluster, and --kind is not given.`, page);
}
