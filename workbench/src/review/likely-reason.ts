import { type EndpointHit, isSameMinor } from '@snoop/snoopdb';
import type { Difference } from './compare-run.ts';

/** What is known of the two clusters and runs, from which a difference may follow. */
export interface Circumstances {
  /** The cluster of the claim, as `X.Y.Z`; null: unknown. */
  readonly claimedVersion: string | null;
  readonly version: string;
  /** The endpoints of the claim. */
  readonly claimed: readonly Pick<EndpointHit, 'endpoint' | 'kind' | 'path'>[];
  /** Endpoints that the cluster here serves; null: unknown. */
  readonly served: ReadonlySet<string> | null;
  /** Endpoints of the release of the claim; null: it is not loaded. */
  readonly claimedServed: ReadonlySet<string> | null;
  /** Nodes of the cluster here; null: unknown. */
  readonly nodes: number | null;
  /** Errors of the tests here, by name. */
  readonly errors: ReadonlyMap<string, string>;
  /** Number of runs here. */
  readonly runs: number;
}

/** Names the most likely reason of a difference. */
export function explainDifference(difference: Difference, circumstances: Circumstances): string {
  const { kind, what, runs: differing } = difference;
  const { claimedVersion, version, errors, runs } = circumstances;
  if (differing < runs) return `flaky: in ${differing} of ${runs} runs`;
  const isOther = isOtherRelease(circumstances);
  const release = `another release: ${claimedVersion} there, ${version} here`;
  if (kind === 'not hit' && isUnserved(what, circumstances)) {
    return isOther ? release : 'this cluster does not serve it: a kind or a feature is missing here';
  }
  const noNodes = lacksNodes(difference, circumstances);
  const error = kind === 'test' ? errors.get(what) : [...errors.values()][0];
  if (kind !== 'also hit' && error !== undefined) {
    return `the test failed here: ${error.split('\n', 1)[0]}${noNodes === null ? '' : ` (${noNodes})`}`;
  }
  if (noNodes !== null) return noNodes;
  if (isOther) return release;
  if (kind === 'answers' && overlaps(difference)) {
    return runs > 1 ? 'in each run: the claim may be wrong' : 'timing, or flaky: --repeat 3 runs it more often';
  }
  return 'unknown: the claim may be wrong, or the clusters are configured differently';
}

/** Whether a difference is about an endpoint that only one of two releases has. */
export function isOfOneRelease({ kind, what }: Difference, circumstances: Circumstances): boolean {
  const { claimedServed } = circumstances;
  if (kind === 'test' || kind === 'run' || !isOtherRelease(circumstances)) return false;
  return isUnserved(what, circumstances) || (claimedServed !== null && !claimedServed.has(what));
}

function isOtherRelease({ claimedVersion, version }: Circumstances): boolean {
  return claimedVersion !== null && !isSameMinor(claimedVersion, version);
}

function isUnserved(endpoint: string, { served }: Circumstances): boolean {
  return served !== null && !served.has(endpoint);
}

const podKinds =
  /^(?:Pod|Node|Deployment|DaemonSet|StatefulSet|ReplicaSet|ReplicationController|Job|CronJob|Eviction|Binding)/;

function lacksNodes({ kind, what }: Difference, { nodes, claimed }: Circumstances): string | null {
  if (nodes !== 0) return null;
  const needed = claimed.some(
    ({ endpoint, kind: of, path }) =>
      (kind === 'test' || kind === 'run' || endpoint === what) &&
      (podKinds.test(of ?? '') || /\/(?:pods|nodes)(?:\/|$)/.test(path ?? '')),
  );
  return needed ? "no nodes here, so Pods do not run: 'snoop up --nodes 1' or 'snoop up --kind'" : null;
}

function overlaps({ claimed, here }: Difference): boolean {
  const codes = new Set(claimed.split(', '));
  return here.split(/, | or /).some((code) => code !== '-' && codes.has(code));
}
