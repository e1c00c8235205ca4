import { describeSystemError, openPool, readBaseline, toError } from '@snoop/snoopdb';
import type { Baseline } from '@snoop/snoopdb';
import { countEventsIn } from '../control-plane/events-arrived.ts';
import type { EventsArrived } from '../control-plane/events-arrived.ts';
import { withoutPassword } from '../control-plane/database-url.ts';
import type { Environment } from '../environment.ts';
import { SnoopError } from '../errors.ts';
import { listKnownClusters } from './known-clusters.ts';
import { findEnvironmentTarget } from './select-target.ts';
import type { NamedTarget } from './select-target.ts';

/** What `snoop status` knows of the cluster that `SNOOP_KUBECONFIG` names, as in a workbench's Pod; it holds no secret. */
export interface NamedStatus {
  readonly named: true;
  /** Cluster and SnoopDB answer. */
  readonly running: boolean;
  readonly server: string;
  readonly context: string;
  readonly user: string;
  /** null: the cluster does not answer. */
  readonly clusterVersion: string | null;
  /** null: none is named. */
  readonly snoopdb: { readonly running: boolean; readonly url: string } | null;
  readonly sources: readonly { readonly source: string; readonly events: EventsArrived }[];
  readonly baseline: Baseline | null;
  /** What is wrong, in sentences. */
  readonly troubles: readonly { readonly sentence: string; readonly advice: readonly string[] }[];
}

/** It may be anywhere on a network. */
const connectWithinMs = 10_000;

type Trouble = NamedStatus['troubles'][number];

/** Asks the cluster and the SnoopDB that the environment names; null: it names no cluster. Changes nothing. */
export async function describeNamed(environment: Environment, cwd: string): Promise<NamedStatus | null> {
  const target = findEnvironmentTarget(environment, cwd);
  if (target === null) return null;
  const [version, database] = await Promise.all([askVersion(target), askDatabase(environment.databaseUrl)]);
  return {
    named: true,
    running: version.trouble === null && database.trouble === null,
    server: target.server,
    context: target.context,
    user: target.user,
    clusterVersion: version.found,
    snoopdb: environment.databaseUrl === null ? null : { running: database.trouble === null, url: database.url },
    sources: database.sources,
    baseline: database.baseline,
    troubles: [version.trouble, database.trouble].filter((trouble) => trouble !== null),
  };
}

async function askVersion({
  kubeconfig,
  server,
}: NamedTarget): Promise<{ found: string | null; trouble: Trouble | null }> {
  // Only where a cluster is asked: its client takes longer to load than the rest of the answer.
  const { openHouseKeeping } = await import('../audited-cluster/house-keeping.ts');
  const { askClusterVersion } = await import('../audited-cluster/cluster-version.ts');
  try {
    return { found: await askClusterVersion(openHouseKeeping(kubeconfig), server), trouble: null };
  } catch (error) {
    if (!(error instanceof SnoopError)) throw error;
    return { found: null, trouble: { sentence: error.message, advice: error.advice } };
  }
}

interface FoundInDatabase extends Pick<NamedStatus, 'sources' | 'baseline'> {
  readonly url: string;
  readonly trouble: Trouble | null;
}

async function askDatabase(url: string | null): Promise<FoundInDatabase> {
  const nothing = { url: withoutPassword(url ?? ''), sources: [], baseline: null };
  if (url === null) {
    const advice = ["DATABASE_URL names the one that the cluster's auditlogger writes into."];
    return { ...nothing, trouble: { sentence: 'No SnoopDB is named.', advice } };
  }
  try {
    const pool = openPool(url, { applicationName: 'snoop status', max: 1, connectTimeoutMs: connectWithinMs });
    try {
      const baseline = await readBaseline(pool);
      const names = await listKnownClusters(pool);
      const sources: FoundInDatabase['sources'][number][] = [];
      for (const source of names) sources.push({ source, events: await countEventsIn(pool, source) });
      return { ...nothing, baseline, sources, trouble: null };
    } finally {
      await pool.end();
    }
  } catch (error) {
    const why = describeSystemError(error) ?? toError(error).message;
    const advice = ['Look at DATABASE_URL, and at the PG… variables for what it leaves out.'];
    return { ...nothing, trouble: { sentence: `SnoopDB does not answer: ${why}`, advice } };
  }
}
