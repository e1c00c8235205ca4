import { SnoopError } from '../errors.ts';
import { sendRaw } from './raw-request.ts';
import type { ClusterAccess, RawResponse } from './raw-request.ts';

/** A cluster behind a firewall may never answer. */
const requestTimeoutMs = 15_000;

/**
 * Fetches a cluster's version from `/version` as a release, `1.36.3`: without the `v` and a vendor's suffix.
 *
 * @throws SnoopError `cluster_unreachable`, `no_credentials`
 */
export async function fetchClusterVersion(ownKubeConfig: ClusterAccess, server: string): Promise<string> {
  try {
    const answer = await sendRaw(ownKubeConfig, { path: '/version', timeoutMs: requestTimeoutMs });
    const found = parseClusterVersion(answer);
    if (found !== null) return found;
    throw new SnoopError(
      'cluster_unreachable',
      `The cluster ${server} answered ${answer.status} to the request for its version.`,
      answer.status === 401
        ? { advice: ["The credentials of the kubeconfig are wrong or have expired: 'snoop doctor'."] }
        : {},
    );
  } catch (error) {
    if (error instanceof SnoopError && ['cluster_unreachable', 'no_credentials'].includes(error.code)) throw error;
    throw new SnoopError('cluster_unreachable', `The cluster ${server} does not answer.`, {
      cause: error,
      advice: [error instanceof Error ? error.message : String(error)],
    });
  }
}

/** Reads the version from an answer at `/version`; null: it has none. @throws SyntaxError */
export function parseClusterVersion(answer: RawResponse): string | null {
  const body = answer.status === 200 ? answer.json() : null;
  const text = typeof body === 'object' && body !== null && 'gitVersion' in body ? String(body.gitVersion) : '';
  return /^v?(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? null;
}
