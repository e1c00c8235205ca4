import type { Agent } from 'node:http';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import type { RequestContext } from '@kubernetes/client-node';
import { SnoopError } from '../errors.ts';
import { explainCredentials } from './credentials.ts';
import { stampAgent } from './agent-pool.ts';
import type { RequestStamp } from './agent-pool.ts';

type HttpsOptions = Parameters<KubeConfig['applyToHTTPSOptions']>[0];

/**
 * A kubeconfig whose clients, of whatever kind, send every request through one stamp. Credentials, certificates and
 * proxies stay those of the kubeconfig: `super` applies them, then its agent is replaced.
 */
export class StampedKubeConfig extends KubeConfig {
  readonly #stamp: RequestStamp;

  constructor(stamp: RequestStamp) {
    super();
    this.#stamp = stamp;
  }

  /** WebSockets (exec, attach, port-forward) and, through `applyToFetchOptions`, the object API's kin: watch, log, metrics. */
  override async applyToHTTPSOptions(options: HttpsOptions): Promise<void> {
    await this.#withCredentials(() => super.applyToHTTPSOptions(options));
    const { agent } = options as RequestOptions;
    if (typeof agent === 'object') options.agent = this.#stampAgent(agent);
  }

  /** The generated APIs and the object API. */
  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await this.#withCredentials(() => super.applySecurityAuthentication(context));
    const agent = context.getAgent();
    if (typeof agent === 'object') context.setAgent(this.#stampAgent(agent));
  }

  /** @throws SnoopError `no_credentials`: nothing was sent yet */
  async #withCredentials(apply: () => Promise<void>): Promise<void> {
    try {
      await apply();
    } catch (error) {
      throw explainCredentials(this.getCurrentUser(), error);
    }
  }

  #stampAgent(agent: Agent): Agent {
    const cluster = this.getCurrentCluster();
    if (!cluster) throw new SnoopError('no_cluster', 'The kubeconfig names no current cluster.');
    return stampAgent(agent, cluster.proxyUrl ?? '', new URL(cluster.server), this.#stamp);
  }
}
