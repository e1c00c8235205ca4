import { describeSystemError, openPool, readBaseline, toError } from '@snoop/snoopdb';
import type { Baseline } from '@snoop/snoopdb';
import { fetchClusterVersion } from '../audited-cluster/cluster-version.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { countEventsIn } from '../control-plane/events-arrived.ts';
import type { EventsArrived } from '../control-plane/events-arrived.ts';
import { withoutPassword } from '../control-plane/database-url.ts';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import { listKnownClusters } from './known-clusters.ts';
import { findEnvironmentTarget } from './select-target.ts';
import type { NamedTarget } from './select-target.ts';

/** Status of the cluster of `SNOOP_KUBECONFIG`, as in the Pod of a workbench; contains no secret. */
export interface NamedStatus {
  readonly named: true;
  /** Whether cluster and SnoopDB answer. */
  readonly running: boolean;
  readonly server: string;
  readonly context: string;
  readonly user: string;
  /** null: the cluster does not answer. */
  readonly clusterVersion: string | null;
  /** null: not configured. */
  readonly snoopdb: { readonly running: boolean; readonly url: string } | null;
  readonly sources: readonly { readonly source: string; readonly events: EventsArrived }[];
  readonly baseline: Baseline | null;
  /** Problems, as sentences with advice. */
  readonly problems: readonly { readonly sentence: string; readonly advice: readonly string[] }[];
}

const connectWithinMs = 10_000;

type Problem = NamedStatus['problems'][number];

/** Queries the cluster and SnoopDB of the environment, read-only; null: the environment names no cluster. */
export async function describeNamed(environment: Environment, cwd: string): Promise<NamedStatus | null> {
  const target = findEnvironmentTarget(environment, cwd);
  if (target === null) return null;
  const [version, database] = await Promise.all([askVersion(target), askDatabase(environment.databaseUrl)]);
  return {
    named: true,
    running: version.problem === null && database.problem === null,
    server: target.server,
    context: target.context,
    user: target.user,
    clusterVersion: version.found,
    snoopdb: environment.databaseUrl === null ? null : { running: database.problem === null, url: database.url },
    sources: database.sources,
    baseline: database.baseline,
    problems: [version.problem, database.problem].filter((problem) => problem !== null),
  };
}

async function askVersion({
  kubeconfig,
  server,
}: NamedTarget): Promise<{ found: string | null; problem: Problem | null }> {
  try {
    return { found: await fetchClusterVersion(openOwnKubeConfig(kubeconfig), server), problem: null };
  } catch (error) {
    if (!(error instanceof SnoopError)) throw error;
    return { found: null, problem: { sentence: error.message, advice: error.advice } };
  }
}

interface FoundInDatabase extends Pick<NamedStatus, 'sources' | 'baseline'> {
  readonly url: string;
  readonly problem: Problem | null;
}

async function askDatabase(url: string | null): Promise<FoundInDatabase> {
  const nothing = { url: withoutPassword(url ?? ''), sources: [], baseline: null };
  if (url === null) {
    const advice = ["DATABASE_URL names the one that the cluster's auditlogger writes into."];
    return { ...nothing, problem: { sentence: 'No SnoopDB is named.', advice } };
  }
  try {
    const pool = openPool(url, { applicationName: 'snoop status', max: 1, connectTimeoutMs: connectWithinMs });
    try {
      const baseline = await readBaseline(pool);
      const names = await listKnownClusters(pool);
      const sources: FoundInDatabase['sources'][number][] = [];
      for (const source of names) sources.push({ source, events: await countEventsIn(pool, source) });
      return { ...nothing, baseline, sources, problem: null };
    } finally {
      await pool.end();
    }
  } catch (error) {
    const why = describeSystemError(error) ?? toError(error).message;
    const advice = ['Look at DATABASE_URL, and at the PG… variables for what it leaves out.'];
    return { ...nothing, problem: { sentence: `SnoopDB does not answer: ${why}`, advice } };
  }
}
