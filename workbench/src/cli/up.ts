import { resolveStateFolder } from '../control-plane/state-folder.ts';
import type { ControlPlane } from '../control-plane/state.ts';
import type { Context } from './context.ts';
import { parseFlags } from './flags.ts';

export const help = `snoop up: starts a real Kubernetes API on this machine, without Docker, and records every request to it

Usage: snoop up [options]

Starts etcd, kube-apiserver, kube-controller-manager, SnoopDB (PostgreSQL) and the auditlogger on loopback, and returns when all
of them answer; they run on until 'snoop down'. Prints the export lines for a shell. Called again, it prints them again.

Options:
  --release X.Y.Z      the Kubernetes release (default: the state's, else 1.36.3; 1.36 means 1.36.0)
  --state DIR          the state folder (default: .snoop in the project)
  --database-url URL   a PostgreSQL of your own for SnoopDB, this time (default: one in the state folder)

Examples:
  snoop up
  eval "$(snoop up)"                        # kubectl and psql of this shell talk to it
  snoop up --release 1.35.0 --state /tmp/older

Where the programs come from, in this order: KUBEBUILDER_ASSETS, PATH, the cache, a download with verified checksums, a build from
Go modules (minutes, once on a machine).

Environment:
  SNOOP_STATE          the state folder
  KUBEBUILDER_ASSETS   a folder with etcd and kube-apiserver
  XDG_CACHE_HOME       where programs are cached (default: ~/.cache)
  SNOOP_LIVE_MAX_ROWS, SNOOP_LIVE_MAX_BYTES, SNOOP_LIVE_MAX_AGE
                       how many live events are held at most (5000000, 8GiB, 7d)
  SNOOP_SPOOL, SNOOP_SPOOL_MAX_BYTES
                       a folder (its whole path) where audit events wait while SnoopDB is away, and its size at most (1GiB)
DATABASE_URL and KUBECONFIG are printed, never used.
`;

const options = {
  release: { type: 'string' },
  state: { type: 'string' },
  'database-url': { type: 'string' },
} as const;

/** @returns 0: it runs, and the exports are on stdout */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const { values } = parseFlags('up', args, options);
  const { environment, progress, signal, cwd, stdout } = context;
  const folder = resolveStateFolder({ state: values.state, stateFolder: environment.stateFolder, cwd });
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
  progress.say(describe(controlPlane, ranBefore));
  stdout.write(printExports(controlPlane));
  return 0;
}

function describe({ clusterVersion, apiserver, folder, baseline }: ControlPlane, ranBefore: boolean): string {
  return [
    `Kubernetes ${clusterVersion} ${ranBefore ? 'runs already' : 'is ready'} at ${apiserver.url}; baseline ${baseline.release} (${baseline.origin}).`,
    `State, kubeconfig and logs: ${folder}. 'snoop status' says more, 'snoop down' stops it.`,
  ].join('\n');
}

/** The lines that a shell evaluates. */
function printExports({ kubeconfig, snoopdb }: ControlPlane): string {
  const url = new URL(snoopdb.url);
  const settings = {
    KUBECONFIG: kubeconfig,
    DATABASE_URL: snoopdb.url,
    PGHOST: decodeURIComponent(url.hostname || url.searchParams.get('host') || ''),
    PGPORT: url.port || '5432',
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
  };
  return Object.entries(settings)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('');
}

/** For any POSIX shell. */
function quote(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
