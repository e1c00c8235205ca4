import { test } from 'vitest';
import type { TestAPI } from 'vitest';
import { openAuditedCluster } from '../audited-cluster/audited-cluster.ts';
import type { AuditedCluster } from '../audited-cluster/audited-cluster.ts';
import { stampOwnRequest } from '../audited-cluster/own-kube-config.ts';
import type { RunContext } from '../journal/run-context.ts';
import { waitForServiceAccount, createNamespace } from './namespace.ts';
import { removeAfterTest, removeCreated } from './removal-after-test.ts';
import { openJournalOf, readRunContext } from './run-context.ts';
import { recordTest } from './test-recording.ts';
import type { Step, TestRecording } from './test-recording.ts';

/** The fixtures of a live test; each is created only for tests that name it. */
export interface LiveTestFixtures {
  /**
   * Clients of the cluster under test. Their requests are evidence of this test, and the objects they create are
   * removed after it, in reverse order.
   */
  readonly cluster: AuditedCluster;
  /**
   * The name of a new namespace for this test, removed after it; its creation and removal are not evidence. With
   * `snoop test --namespace`: that namespace, which stays, without what the test created in it.
   */
  readonly namespace: string;
  /** Names a part of the test; its requests are listed under that name. */
  readonly step: Step;
}

/** Shared by the fixtures; not for tests. */
interface LiveTestParts {
  readonly liveRun: { readonly context: RunContext; readonly recording: TestRecording };
}

/**
 * A test against a live cluster, run by `snoop test`. It is a vitest test (`liveTest.skip`, `.only`, `.for`,
 * `.describe`, hooks) with three fixtures.
 *
 * @example
 * liveTest('PodTemplate lifecycle', async ({ cluster, namespace, step }) => {
 * const core = cluster.client(CoreV1Api);
 * await step('list', () => core.listNamespacedPodTemplate({ namespace }));
 * });
 */
export const liveTest: TestAPI<LiveTestFixtures> = test.extend<LiveTestFixtures & LiveTestParts>({
  // For every test: a test without fixtures may hang, too.
  liveRun: [
    async ({ task, onTestFinished }, use) => {
      const { id, fullTestName: name, timeout: timeoutMs } = task;
      const file = task.file.filepath;
      const context = readRunContext(file);
      const recording = recordTest(openJournalOf(context), context.runId, {
        ...{ id, name, file, timeoutMs },
        // Vitest counts failed tries; repeats stay in the same try.
        try: (task.result?.retryCount ?? 0) + 1,
      });
      onTestFinished(({ task: { result } }) => {
        if (result?.state === 'pass') recording.recordResult('passed', null);
        else if (result?.state === 'fail') recording.recordResult('failed', result.errors?.[0]?.message ?? null);
      });
      try {
        await use({ context, recording });
      } finally {
        await removeCreated(context, recording);
        recording.end();
      }
    },
    { auto: true },
  ],
  cluster: async ({ liveRun: { context, recording } }, use) => {
    await use(openAuditedCluster(context.kubeconfig, recording.stamp));
  },
  namespace: async ({ liveRun: { context, recording }, task }, use) => {
    if (context.namespace !== null) {
      recording.recordNamespace(context.namespace, false);
      return use(context.namespace);
    }
    const { kubeConfig: ownKubeConfig } = openAuditedCluster(context.kubeconfig, stampOwnRequest);
    const { runId, owner, serviceAccounts } = context;
    const namespace = await createNamespace(
      ownKubeConfig,
      { name: task.fullTestName, runId, owner },
      recording.recordCreated,
    );
    recording.recordNamespace(namespace.name, true);
    try {
      if (serviceAccounts) await waitForServiceAccount(ownKubeConfig, namespace.name);
      await use(namespace.name);
    } finally {
      await removeAfterTest(ownKubeConfig, [namespace.object], recording);
    }
  },
  step: async ({ liveRun: { recording } }, use) => {
    await use(recording.step);
  },
});
