import { defineCommand, type Given, valueFlag } from '@snoop/snoopdb/command-line';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import { readKubeconfig } from '../audited-cluster/load-kubeconfig.ts';
import type { Context } from '../context.ts';
import { type AnswerStore, keepAnswer, openOwnCluster } from '../gate/job/answer-store.ts';
import { runGate } from '../gate/job/run-gate.ts';
import { resolve } from 'node:path';

const flags = {
  configMap: valueFlag('--config-map <NAME>', 'the ConfigMap that keeps the answer').needed(),
  kubeconfig: valueFlag('--kubeconfig <FILE>', 'another cluster than the one of this Pod'),
};

export const command = defineCommand({
  name: 'snoop keep-gate-answer',
  title: "run the gate and keep its answer; internal, for the CronJob of 'snoop gate job'",
  usage: ['snoop keep-gate-answer --config-map NAME -- <flags of snoop gate>'],
  about: `
The ConfigMap must exist. A gate that ends without an answer is kept as one that cannot tell.`,
  flags,
  handsOn: true,
  examples: 'snoop keep-gate-answer --config-map snoop-gate -- --repo .',
  exitCodes: "those of 'snoop gate' · 3 the answer could not be kept",
  run,
});

async function run({ flags: values, handedOn }: Given<typeof flags>, context: Context): Promise<number> {
  const { signal, stderr, environment, cwd } = context;
  const store = await openStore(values, cwd);
  const create = await runGate(handedOn, {
    ...{ cwd, signal, environment: environment.forPrograms },
    now: () => new Date(),
    print: (text) => void stderr.write(text),
  });
  const kept = await keepAnswer(store, create, signal);
  stderr.write(`Kept in the ConfigMap ${store.name}: ${kept.verdict}, of ${kept.answeredAt}\n`);
  return kept.exitCode;
}

async function openStore(
  { configMap: name, kubeconfig }: Given<typeof flags>['flags'],
  cwd: string,
): Promise<AnswerStore> {
  if (kubeconfig === undefined) return openOwnCluster(name);
  const choice = { files: [resolve(cwd, kubeconfig)], context: null };
  return { cluster: openOwnKubeConfig(choice), namespace: readKubeconfig(choice).context.namespace ?? 'default', name };
}
