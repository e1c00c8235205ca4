import { Attach, Exec, KubernetesObjectApi, Log, PortForward, Watch } from '@kubernetes/client-node';
import type { ApiConstructor, ApiType, KubeConfig } from '@kubernetes/client-node';
import type { RequestStamp } from './agent-pool.ts';
import { fillKubeConfig, readKubeconfig } from './load-kubeconfig.ts';
import type { KubeconfigChoice } from './load-kubeconfig.ts';
import { sendRaw } from './raw-request.ts';
import type { RawResponse, RawRequest } from './raw-request.ts';
import { StampedKubeConfig } from './stamped-kube-config.ts';

/** The cluster of a test. Every request sent through it carries the test's agent and an Audit-ID of the run. */
export interface AuditedCluster {
  /** For other clients: everything created from it is audited too. */
  readonly kubeConfig: KubeConfig;
  /**
   * Creates a generated client.
   *
   * @example const pods = await cluster.client(CoreV1Api).listNamespacedPod({ namespace });
   */
  client<T extends ApiType>(api: ApiConstructor<T>): T;
  /** A client for objects of any kind, including custom resources. */
  objects(): KubernetesObjectApi;
  watch(): Watch;
  log(): Log;
  exec(): Exec;
  attach(): Attach;
  portForward(): PortForward;
  /**
   * Sends one request with any method, path and body.
   *
   * @example const { status } = await cluster.request({ method: 'OPTIONS', path: '/api/v1/nodes' });
   */
  request(request: RawRequest): Promise<RawResponse>;
}

/** @param stamp called for every request before it is sent */
export function openAuditedCluster(choice: KubeconfigChoice, stamp: RequestStamp): AuditedCluster {
  const kubeConfig = fillKubeConfig(new StampedKubeConfig(stamp), readKubeconfig(choice));
  return {
    kubeConfig,
    client: (api) => kubeConfig.makeApiClient(api),
    objects: () => KubernetesObjectApi.makeApiClient(kubeConfig),
    watch: () => new Watch(kubeConfig),
    log: () => new Log(kubeConfig),
    exec: () => new Exec(kubeConfig),
    attach: () => new Attach(kubeConfig),
    portForward: () => new PortForward(kubeConfig),
    request: (request) => sendRaw(kubeConfig, request),
  };
}
