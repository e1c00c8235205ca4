import { createHash, randomBytes } from 'node:crypto';
import type { SourceProbe } from '@snoop/snoopdb';
import { loadKubeconfig } from './load-kubeconfig.ts';
import type { KubeconfigChoice } from './load-kubeconfig.ts';
import { sendRaw } from './raw-request.ts';
import { StampedKubeConfig } from './stamped-kube-config.ts';
import { liveTestPrefix } from './user-agent.ts';

/** A cluster that does not answer fails a moment later, with better words. */
const requestTimeoutMs = 10_000;

/** Each over a connection of its own: behind a balancer stand several API servers, whose events have several sources. */
const probes = 8;

/**
 * Asks a cluster for namespaces with random names, so that the sources of its events are known by the events of these
 * requests: whatever other senders know of the run, nobody can tell these paths before an API server has logged them. The
 * answers (404, or 403 without rights) do not matter, and hit no endpoint.
 *
 * @returns null when there was no answer
 */
export async function sendSourceProbe(choice: KubeconfigChoice, runId: string): Promise<SourceProbe | null> {
  const auditId = `${runId}.probe`;
  const stamped = new StampedKubeConfig((request) => {
    request.setHeader('User-Agent', liveTestPrefix);
    request.setHeader('Audit-ID', auditId);
  });
  const kubeConfig = loadKubeconfig(stamped, choice);
  const paths = Array.from(
    { length: probes },
    () => `/api/v1/namespaces/snoop-probe-${randomBytes(20).toString('hex')}`,
  );
  const sent = await Promise.allSettled(
    paths.map((path) => sendRaw(kubeConfig, { path, timeoutMs: requestTimeoutMs })),
  );
  const answered = paths.filter((_path, index) => sent[index]?.status === 'fulfilled');
  if (answered.length === 0) return null;
  return { auditId, digests: answered.map((path) => createHash('sha256').update(path).digest('hex')) };
}
