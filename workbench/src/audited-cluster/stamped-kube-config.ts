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
 * A kubeconfig whose clients send every request through one stamp. `super` applies credentials, certificates and
 * proxies; then its agent is replaced. A token file may end with a line break, which does not belong to the token (client-go:
 * transport/token_source.go).
 */
export class StampedKubeConfig extends KubeConfig {
  readonly #stamp: RequestStamp;

  constructor(stamp: RequestStamp) {
    super();
    this.#stamp = stamp;
  }

  /** For WebSockets (exec, attach, port-forward) and, through `applyToFetchOptions`, watch, log and metrics. */
  override async applyToHTTPSOptions(options: HttpsOptions): Promise<void> {
    await this.#withCredentials(() => super.applyToHTTPSOptions(options));
    const { headers } = options;
    const hasToken = headers && 'Authorization' in headers && typeof headers.Authorization === 'string';
    if (hasToken) headers.Authorization = String(headers.Authorization).trim();
    const { agent } = options as RequestOptions;
    if (typeof agent === 'object') options.agent = this.#stampAgent(agent);
  }

  /** For the generated APIs and the object API. */
  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await this.#withCredentials(() => super.applySecurityAuthentication(context));
    const { Authorization: authorization } = context.getHeaders();
    if (authorization !== undefined) context.setHeaderParam('Authorization', authorization.trim());
    const agent = context.getAgent();
    if (typeof agent === 'object') context.setAgent(this.#stampAgent(agent));
  }

  /** @throws SnoopError `no_credentials`; nothing was sent */
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
