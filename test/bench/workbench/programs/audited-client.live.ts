import { writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { CoreV1Api, KubeConfig, type RequestContext } from '@kubernetes/client-node';
import { liveTest } from '@snoop/workbench';

// What the benchmark tells it.
const { BENCH_KUBECONFIG = '', BENCH_RESULT = '', BENCH_REQUESTS = '0' } = process.env;

/** The library's own client, with connections that are kept as those of the audited one. */
class BareKubeConfig extends KubeConfig {
  #agent: Agent | undefined;
  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    const made = context.getAgent() as Agent;
    this.#agent ??= new Agent({ ...made.options, keepAlive: true });
    context.setAgent(this.#agent);
  }
}

liveTest('cost', { timeout: 600_000 }, async ({ cluster, namespace }) => {
  const config = new BareKubeConfig();
  config.loadFromFile(BENCH_KUBECONFIG);
  const clients = { bare: config.makeApiClient(CoreV1Api), audited: cluster.client(CoreV1Api) };
  await clients.bare.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'a' }, data: { a: 'b' } } });
  const times: Record<string, number[]> = { bare: [], audited: [] };
  for (let count = -100; count < Number(BENCH_REQUESTS); count += 1) {
    for (const [name, client] of Object.entries(clients)) {
      const startedAt = performance.now();
      await client.readNamespacedConfigMap({ namespace, name: 'a' });
      if (count >= 0) times[name]?.push(performance.now() - startedAt);
    }
  }
  writeFileSync(BENCH_RESULT, JSON.stringify(times));
});
