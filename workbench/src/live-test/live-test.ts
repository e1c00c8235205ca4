import { test } from 'vitest';
import type { TestAPI } from 'vitest';
import { openAuditedCluster } from '../audited-cluster/audited-cluster.ts';
import type { AuditedCluster } from '../audited-cluster/audited-cluster.ts';
import { openHouseKeeping } from '../audited-cluster/house-keeping.ts';
import type { RunContext } from '../journal/run-context.ts';
import { makeNamespace, removeNamespace } from './namespace.ts';
import { openJournalOf, readRunContext } from './run-context.ts';
import { recordTest } from './test-recording.ts';
import type { Step, TestRecording } from './test-recording.ts';

/** What a live test may ask for; each is made only for the tests that name it. */
export interface LiveTestFixtures {
  /** Clients of the cluster under test. All they send is evidence of this test. */
  readonly cluster: AuditedCluster;
  /**
   * The name of a fresh namespace of this test alone, removed after it; making and removing it is no evidence. With
   * `snoop test --namespace` the name of that one, which stays.
   */
  readonly namespace: string;
  /** Names a part of the test; its requests are listed below that name. */
  readonly step: Step;
}

/** Not for tests: what the fixtures above share. */
interface LiveTestParts {
  readonly liveRun: { readonly context: RunContext; readonly recording: TestRecording };
}

/**
 * A test against a live cluster, run by `snoop test`. It is a vitest test in every respect (`liveTest.skip`, `.only`,
 * `.for`, `.describe`, hooks) with three fixtures.
 *
 * @example
 * liveTest('PodTemplate lifecycle', async ({ cluster, namespace, step }) => {
 *   const core = cluster.client(CoreV1Api);
 *   await step('list', () => core.listNamespacedPodTemplate({ namespace }));
 * });
 */
export const liveTest: TestAPI<LiveTestFixtures> = test.extend<LiveTestFixtures & LiveTestParts>({
  liveRun: async ({ task }, use) => {
    const file = task.file.filepath;
    const context = readRunContext(file);
    const recording = recordTest(openJournalOf(context), context.runId, {
      ...{ id: task.id, name: task.fullTestName, file },
      // Vitest counts the tries that failed; a repeated test stays in its try.
      try: (task.result?.retryCount ?? 0) + 1,
    });
    try {
      await use({ context, recording });
    } finally {
      recording.end();
    }
  },
  cluster: async ({ liveRun: { context, recording } }, use) => {
    await use(openAuditedCluster(context.kubeconfig, recording.stamp));
  },
  namespace: async ({ liveRun: { context }, task }, use) => {
    if (context.namespace !== null) return use(context.namespace);
    const houseKeeping = openHouseKeeping(context.kubeconfig);
    const test = { name: task.fullTestName, runId: context.runId };
    const name = await makeNamespace(houseKeeping, test, context.serviceAccounts);
    try {
      await use(name);
    } finally {
      await removeNamespace(houseKeeping, name);
    }
  },
  step: async ({ liveRun: { recording } }, use) => {
    await use(recording.step);
  },
});
