import { setTimeout as wait } from 'node:timers/promises';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { sendRaw } from '../audited-cluster/raw-request.ts';
import type { ClusterAccess, RawResponse } from '../audited-cluster/raw-request.ts';
import { SnoopError } from '../errors.ts';
import type { KindState } from './state.ts';

const pollMs = 500;
const requestTimeoutMs = 5_000;
const apiWithinMs = 120_000;

/** The cluster's API for the workbench's own requests, as admin. */
export interface ClusterApi {
  readonly ownKubeConfig: ClusterAccess;
  readonly server: string;
  /** Sends a GET and parses the JSON; null without a response of status 200. */
  get(path: string): Promise<unknown>;
  /** The same, as text. */
  read(path: string): Promise<string | null>;
}

/** Opens the API of a state's cluster without a request. */
export function openClusterApi({ kubeconfig, context }: Pick<KindState, 'kubeconfig' | 'context'>): ClusterApi {
  const ownKubeConfig = openOwnKubeConfig({ files: [kubeconfig], context });
  const ask = async <T>(path: string, take: (answer: RawResponse) => T): Promise<T | null> => {
    try {
      const answer = await sendRaw(ownKubeConfig, { path, timeoutMs: requestTimeoutMs });
      return answer.status === 200 ? take(answer) : null;
    } catch {
      return null;
    }
  };
  return {
    ownKubeConfig,
    server: ownKubeConfig.getCurrentCluster()?.server ?? '',
    get: (path) => ask(path, (answer) => answer.json()),
    read: (path) => ask(path, ({ body }) => body),
  };
}

/** @throws SnoopError `cluster_unreachable` when it is not ready in time; the signal's reason */
export async function waitForApi({ ownKubeConfig, server }: ClusterApi, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + apiWithinMs;
  let found = 'no answer';
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    try {
      const answer = await sendRaw(ownKubeConfig, { path: '/readyz', timeoutMs: requestTimeoutMs });
      if (answer.status === 200) return;
      found = `status ${answer.status}`;
    } catch (error) {
      found = error instanceof Error ? error.message : String(error);
    }
    await wait(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  throw new SnoopError('cluster_unreachable', `The cluster's API at ${server} is not ready: ${found}.`, {
    advice: [
      "'docker ps -a' shows whether its nodes run. To create it again: 'snoop down --kind', then 'snoop up --kind'.",
    ],
  });
}
