import { printExports } from '../command-line/exports.ts';
import { parseFlags } from '../command-line/flags.ts';
import type { Context } from '../context.ts';
import type { ControlPlane } from '../control-plane/state.ts';
import { wrongUse } from '../errors.ts';
import type { KindStarted } from '../kind/up.ts';

export const help = `snoop up: starts a real Kubernetes API on this machine, without Docker, and records every request to it

Usage: snoop up [options]
       snoop up --kind [--release X.Y.Z] [--name NAME] [--image NODE_IMAGE]

Starts etcd, kube-apiserver, kube-controller-manager, SnoopDB (PostgreSQL) and the auditlogger on loopback, and returns when all
of them answer; they run on until 'snoop down'. Prints the export lines for a shell. Called again, it prints them again.

Options:
  --release X.Y.Z      the Kubernetes release (default: the state's, else 1.36.3; 1.36 means 1.36.0)
  --state DIR          the state folder (default: .snoop in the project)
  --database-url URL   a PostgreSQL of your own for SnoopDB, this time (default: one in the state folder)
  --kind               a whole cluster, with nodes, in Docker: builds our images, creates it with kind, loads and applies
                       everything, waits until a request was seen in SnoopDB, and forwards SnoopDB to loopback. Called again,
                       it mends what is missing and takes over newer images. Its data go with it: 'snoop down --kind'.
  --name NAME          the kind cluster's name (default: snoop)
  --image NODE_IMAGE   its node image (default: SNOOP_KIND_IMAGE, else kindest/node of the release, without one v1.36.4, as kind
                       publishes not every release); --release has to fit it

Examples:
  snoop up
  eval "$(snoop up)"                        # kubectl and psql talk to it
  snoop up --release 1.35.0 --state /tmp/older
  snoop up --kind                           # needs Docker, kind and kubectl
  snoop up --kind --release 1.35.8 --name older --state /tmp/older

Where the programs come from, in this order: KUBEBUILDER_ASSETS, PATH, the cache, a download with verified checksums, a build from
Go modules (minutes, once on a machine).

Environment:
  SNOOP_STATE          the state folder
  SNOOP_KIND_IMAGE     the node image of --kind
  KUBEBUILDER_ASSETS   a folder with etcd and kube-apiserver
  XDG_CACHE_HOME       where programs are cached (default: ~/.cache)
  SNOOP_LIVE_MAX_ROWS, SNOOP_LIVE_MAX_BYTES, SNOOP_LIVE_MAX_AGE
                       how many live events are held at most (5000000, 8GiB, 7d)
  SNOOP_SPOOL, SNOOP_SPOOL_MAX_BYTES
                       a folder (its whole path) where audit events wait while SnoopDB is away, and its size at most (1GiB)
DATABASE_URL and KUBECONFIG are printed, never used. 'snoop kind images --help' says what the images are built from.

Exit codes: 0 it runs · 2 wrong use · 3 it could not be started, and nothing that this call made is left
`;

const options = {
  release: { type: 'string' },
  state: { type: 'string' },
  'database-url': { type: 'string' },
  kind: { type: 'boolean' },
  name: { type: 'string' },
  image: { type: 'string' },
} as const;

/** @returns 0: it runs, and the exports are on stdout */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('up', args, options);
  const { environment, progress, signal, cwd, stdout } = context;
  refuseMixture(values);
  const { resolveStateFolder } = await import('../state-folder.ts');
  const folder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
  if (values.kind === true) {
    const { startKindCluster } = await import('../kind/up.ts');
    const { release, name, image } = values;
    const started = await startKindCluster({ folder, release, name, image, environment, progress, signal });
    await sweep(started.cluster.kubeconfig, folder, context);
    progress.say(describeKind(started));
    stdout.write(printExports(started.cluster));
    return 0;
  }
  const { refuseKindCluster } = await import('../kind/exclusive.ts');
  refuseKindCluster(folder);
  const { startControlPlane } = await import('../control-plane/start.ts');
  const { controlPlane, ranBefore } = await startControlPlane({
    folder,
    release: values.release,
    databaseUrl: values['database-url'],
    environment,
    progress,
    signal,
  });
  const { databaseUrl } = environment;
  if (databaseUrl !== null && databaseUrl !== controlPlane.snoopdb.url) {
    progress.say('The DATABASE_URL of this shell is not used; --database-url would use it.');
  }
  await sweep(controlPlane.kubeconfig, folder, context);
  progress.say(describe(controlPlane, ranBefore));
  stdout.write(printExports(controlPlane));
  return 0;
}

/** Runs that were killed left their namespaces in the cluster's data. */
async function sweep(kubeconfig: string, stateFolder: string, { progress }: Context): Promise<void> {
  const { openHouseKeeping } = await import('../audited-cluster/house-keeping.ts');
  const { sweepInPassing } = await import('../removal/sweep.ts');
  const houseKeeping = openHouseKeeping({ files: [kubeconfig], context: null });
  await sweepInPassing({ houseKeeping, stateFolder }, progress.say);
}

function describe({ clusterVersion, apiserver, folder, baseline }: ControlPlane, ranBefore: boolean): string {
  return [
    `Kubernetes ${clusterVersion} ${ranBefore ? 'runs already' : 'is ready'} at ${apiserver.url}; baseline ${baseline.release} (${baseline.origin}).`,
    `State, kubeconfig and logs: ${folder}. 'snoop status' says more, 'snoop down' stops it.`,
  ].join('\n');
}

function describeKind({ cluster, wasThere, mended }: KindStarted): string {
  const { name, clusterVersion, server, baseline, folder } = cluster;
  return [
    ...mended.map((what) => `Mended: ${what}.`),
    `The kind cluster '${name}' (Kubernetes ${clusterVersion}) ${wasThere ? 'is in order' : 'is ready'} at ${server}; baseline ${baseline.release} (${baseline.origin}).`,
    `State and kubeconfig: ${folder}/kind. 'snoop status' says more, 'snoop down --kind' deletes it.`,
  ].join('\n');
}

/** @throws SnoopError `wrong_use` for flags that belong to the other kind of cluster */
function refuseMixture(values: { kind?: boolean; name?: string; image?: string; 'database-url'?: string }): void {
  const page = "'snoop up --help' lists all.";
  if (values.kind === true && values['database-url'] !== undefined) {
    throw wrongUse('--database-url and --kind do not go together: a kind cluster has its SnoopDB in it.', page);
  }
  const orphan = (['name', 'image'] as const).find((flag) => values[flag] !== undefined);
  if (values.kind === true || orphan === undefined) return;
  throw wrongUse(`--${orphan} is about a kind cluster, and --kind is not given.`, page);
}
