import { createHash, randomBytes } from 'node:crypto';
import type { SourceProbe } from '@snoop/snoopdb';
import { openClusterAccess } from './cluster-access.ts';
import type { KubeconfigChoice } from './load-kubeconfig.ts';
import { sendRaw } from './raw-request.ts';
import { liveTestPrefix } from './user-agent.ts';

/** A cluster that does not answer fails later with a better message. */
const requestTimeoutMs = 10_000;

/** Each has its own connection: a load balancer may hide several API servers, whose events have several sources. */
const probes = 8;

/**
 * Requests namespaces with random names; the events of these requests reveal the sources of the cluster's events.
 * Other senders cannot know the paths before an API server has logged them. The responses (404, or 403) do not
 * matter, and hit no endpoint.
 *
 * @returns null when nothing was answered
 */
export async function sendSourceProbe(choice: KubeconfigChoice, runId: string): Promise<SourceProbe | null> {
  const auditId = `${runId}.probe`;
  const access = openClusterAccess(choice, (request) => {
    request.setHeader('User-Agent', liveTestPrefix);
    request.setHeader('Audit-ID', auditId);
  });
  const paths = Array.from(
    { length: probes },
    () => `/api/v1/namespaces/snoop-probe-${randomBytes(20).toString('hex')}`,
  );
  const sent = await Promise.allSettled(paths.map((path) => sendRaw(access, { path, timeoutMs: requestTimeoutMs })));
  const answered = paths.filter((_path, index) => sent[index]?.status === 'fulfilled');
  if (answered.length === 0) return null;
  return { auditId, digests: answered.map((path) => createHash('sha256').update(path).digest('hex')) };
}
