import {
  computeDocumentCoverage,
  type Pool,
  readClusterOperations,
  readShippedOperations,
  type RunCoverage,
  type RunDocument,
} from '@snoop/snoopdb';
import {
  type Difference,
  type EndpointAnswers,
  listAnswers,
  listDifferences,
  listOutcomeDifferences,
} from './compare-run.ts';
import { type Circumstances, explainDifference, isOfOneRelease } from './likely-reason.ts';

export interface ExplainedDifference extends Difference {
  readonly reason: string;
}

/** A claimed run beside one run or several here. */
export interface RunReview {
  readonly claimed: RunCoverage;
  readonly here: readonly RunCoverage[];
  readonly differences: readonly ExplainedDifference[];
  /** Of endpoints that only one of the two releases has. */
  readonly ofOneRelease: readonly Difference[];
  readonly answers: readonly EndpointAnswers[];
  /** Why the runs here prove nothing, as sentences. */
  readonly doubts: readonly string[];
  /** Why figures differ though the hits are the same, as sentences. */
  readonly notes: readonly string[];
}

/**
 * Compares a claimed run with runs of its tests here.
 *
 * @param runs at least one
 * @param nodes of the cluster here; null: unknown
 */
export async function compareWithClaim(
  pool: Pool,
  document: RunDocument,
  runs: readonly RunDocument[],
  nodes: number | null,
): Promise<RunReview> {
  const claimed = computeDocumentCoverage(document);
  const here = runs.map((run) => computeDocumentCoverage(run));
  const errors = here.flatMap(({ tests, errors: outside }) => [
    ...tests.flatMap(({ name, error }) => (error === null ? [] : [[name, error] as const])),
    ...outside.map(({ message }) => ['', message] as const),
  ]);
  const circumstances: Circumstances = {
    claimedVersion: document.run.cluster_version,
    version: here[0]?.run.clusterVersion ?? '',
    claimed: claimed.endpoints,
    served: await listServed(pool, here[0]?.run.sources ?? []),
    claimedServed: await listOfRelease(pool, document),
    nodes,
    errors: new Map(errors),
    runs: runs.length,
  };
  const differences = compareAll(document, runs, claimed, here);
  return {
    claimed,
    here,
    differences: differences
      .filter((one) => !isOfOneRelease(one, circumstances))
      .map((one) => ({ ...one, reason: explainDifference(one, circumstances) })),
    ofOneRelease: differences.filter((one) => isOfOneRelease(one, circumstances)),
    answers: listAnswers(claimed, here),
    doubts: here.flatMap(findDoubts),
    notes: here.slice(0, 1).flatMap((run) => compareBaselines(claimed, run)),
  };
}

/** What differs over all tests, then what differs only in what passed tests prove. */
function compareAll(
  document: RunDocument,
  runs: readonly RunDocument[],
  claimed: RunCoverage,
  here: readonly RunCoverage[],
): Difference[] {
  const differences = listDifferences(claimed, here);
  const passed = [document, ...runs].map((run) => computeDocumentCoverage(run, { passedOnly: true }));
  const [first, ...others] = passed;
  const more = first === undefined ? [] : listOutcomeDifferences(first, others);
  const named = new Set(differences.map(({ what }) => what));
  const hasTest = differences.some(({ kind }) => kind === 'test');
  return [...differences, ...more.filter(({ kind, what }) => (kind === 'run' ? !hasTest : !named.has(what)))];
}

function compareBaselines(claimed: RunCoverage, here: RunCoverage): string[] {
  const [there, own] = [claimed.baseline.release, here.baseline.release];
  if (there === own) return [];
  return [`Another baseline: ${there} there, ${own} here. It decides what is newly hit.`];
}

function findDoubts({ run, evidence }: RunCoverage): string[] {
  const doubts: string[] = [];
  if (evidence.missing.length > 0) {
    doubts.push(`${evidence.missing.length} of ${evidence.sent} requests of the run here are not recorded.`);
  }
  if (evidence.sent === 0) doubts.push('The run here sent no request.');
  if (run.state === 'interrupted') doubts.push('The run here was interrupted.');
  return doubts;
}

/** Endpoints of the cluster, also those that it served only during a test; null: its document is not stored. */
async function listServed(pool: Pool, sources: readonly string[]): Promise<ReadonlySet<string> | null> {
  const names = new Set<string>();
  for (const source of sources) {
    const { served, removed } = await readClusterOperations(pool, source, 'endpoint');
    for (const { endpoint } of [...served, ...removed]) names.add(endpoint);
  }
  return names.size === 0 ? null : names;
}

/** Endpoints of the release that the claim's cluster ran, and those that the claim proves; null: not loaded. */
async function listOfRelease(pool: Pool, { run, endpoints }: RunDocument): Promise<ReadonlySet<string> | null> {
  const [, minor] = /^(\d+\.\d+)\./.exec(run.cluster_version ?? '') ?? [];
  if (minor === undefined) return null;
  const release = `${minor}.0`;
  const found = await pool.query<{ endpoint: string }>('select endpoint from public.open_api where release = $1', [
    release,
  ]);
  const names =
    found.rows.length > 0
      ? found.rows.map(({ endpoint }) => endpoint)
      : ((await readShippedOperations(release)) ?? []).map(({ endpoint }) => endpoint);
  return names.length === 0 ? null : new Set([...names, ...endpoints.map(({ endpoint }) => endpoint)]);
}
