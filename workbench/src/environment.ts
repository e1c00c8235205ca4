import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * The environment variables of the workbench. Flags override them, they override defaults. Nothing else reads
 * `process.env`.
 */
export interface Environment {
  /** `KUBECONFIG`: never a target by itself; only a flag selects a cluster other than the state folder's. */
  readonly kubeconfig: string | null;
  /**
   * `SNOOP_KUBECONFIG`: the cluster to use when no flag names one and the state folder has none; set inside a
   * cluster.
   */
  readonly clusterKubeconfig: string | null;
  /** `SNOOP_KIND_IMAGE`: the node image of kind clusters. */
  readonly kindImage: string | null;
  /** `SNOOP_NAMESPACE`: an existing namespace that all live tests use. */
  readonly namespace: string | null;
  /** `DATABASE_URL`: the SnoopDB of a cluster that is not the state folder's. */
  readonly databaseUrl: string | null;
  /** `SNOOP_WORKBENCH_PASSWORD`: the password that `snoop db grant` sets for the workbench's role. */
  readonly workbenchPassword: string | null;
  /** `KUBEBUILDER_ASSETS`: a folder with etcd and kube-apiserver. */
  readonly kubebuilderAssets: string | null;
  /** `PATH`, split. */
  readonly path: readonly string[];
  /** `$XDG_CACHE_HOME/snoop`, else `~/.cache/snoop`. */
  readonly cacheFolder: string;
  /** `SNOOP_STATE`: the state folder. */
  readonly stateFolder: string | null;
  /** `CI` is set: no animated progress. */
  readonly ci: boolean;
  /** Where GitHub Actions runs a step; null: not there. */
  readonly githubStep: GithubStep | null;
  /** `NO_COLOR` is set and not empty. */
  readonly noColor: boolean;
  /** `SNOOP_AUTHOR`: the author of a run's tests. */
  readonly author: string | null;
  readonly loginName: string | null;
  /** `SHELL`: what `snoop exec --shell` runs; else `/bin/sh`. */
  readonly shell: string;
  /** The variables passed on to the auditlogger: `SNOOP_LIVE_MAX_ROWS` and so on, `SNOOP_SPOOL`. */
  readonly forAuditlogger: Readonly<Record<string, string>>;
  /** The whole environment, for programs run on the user's behalf (`go` with its proxy and caches). */
  readonly forPrograms: Readonly<Record<string, string | undefined>>;
}

export interface GithubStep {
  /** `GITHUB_STEP_SUMMARY`: the file for the summary of the job. */
  readonly summaryFile: string | null;
  /** `GITHUB_WORKSPACE`: the root of the repository. */
  readonly workspace: string | null;
}

const auditloggerVariables = [
  'SNOOP_LIVE_MAX_ROWS',
  'SNOOP_LIVE_MAX_BYTES',
  'SNOOP_LIVE_MAX_AGE',
  'SNOOP_SPOOL',
  'SNOOP_SPOOL_MAX_BYTES',
];

/** Reads the environment once; empty values count as not set. */
export function readEnvironment(env: NodeJS.ProcessEnv = process.env): Environment {
  const value = (name: string): string | null => env[name] || null;
  return {
    kubeconfig: value('KUBECONFIG'),
    clusterKubeconfig: value('SNOOP_KUBECONFIG'),
    kindImage: value('SNOOP_KIND_IMAGE'),
    namespace: value('SNOOP_NAMESPACE'),
    databaseUrl: value('DATABASE_URL'),
    workbenchPassword: value('SNOOP_WORKBENCH_PASSWORD'),
    kubebuilderAssets: value('KUBEBUILDER_ASSETS'),
    path: (value('PATH') ?? '').split(process.platform === 'win32' ? ';' : ':').filter((entry) => entry !== ''),
    cacheFolder: join(value('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'snoop'),
    stateFolder: value('SNOOP_STATE'),
    ci: value('CI') !== null,
    githubStep:
      value('GITHUB_ACTIONS') === null
        ? null
        : { summaryFile: value('GITHUB_STEP_SUMMARY'), workspace: value('GITHUB_WORKSPACE') },
    noColor: value('NO_COLOR') !== null,
    author: value('SNOOP_AUTHOR'),
    loginName: findLoginName(),
    shell: value('SHELL') ?? '/bin/sh',
    forAuditlogger: Object.fromEntries(
      auditloggerVariables.flatMap((name) => {
        const given = value(name);
        return given === null ? [] : [[name, given]];
      }),
    ),
    forPrograms: env,
  };
}

/** null for a user id without an account entry, as in containers. */
function findLoginName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}
