import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { Target } from '../cluster-choice/select-target.ts';

const requestTimeoutMs = 10_000;
const maxListBytes = 1 << 20;

/** Counts a cluster's nodes; null: it does not say. */
export async function countNodes({ kubeconfig }: Target): Promise<number | null> {
  const request = { path: '/api/v1/nodes?limit=1', timeoutMs: requestTimeoutMs, maxBytes: maxListBytes };
  try {
    const answer = await sendRaw(openOwnKubeConfig(kubeconfig), request);
    if (answer.status !== 200) return null;
    const { items = [], metadata = {} } = answer.json() as {
      readonly items?: readonly unknown[];
      readonly metadata?: { readonly remainingItemCount?: number };
    };
    return items.length + (metadata.remainingItemCount ?? 0);
  } catch {
    return null;
  }
}
