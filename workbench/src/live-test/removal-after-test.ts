import type { KubeConfig } from '@kubernetes/client-node';
import type { ClusterObject } from '../audited-cluster/created-object.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import type { RunContext } from '../journal/run-context.ts';
import { removeObjects } from '../removal/remove-objects.ts';
import type { TestRecording } from './test-recording.ts';

/** Removes what a test created through its clients. */
export async function removeCreated(context: RunContext, recording: TestRecording): Promise<void> {
  if (recording.created.length === 0) return;
  await removeAfterTest(openOwnKubeConfig(context.kubeconfig), recording.created, recording);
}

/** What cannot be removed is said and fails no test: it would hide the error of its own. */
export async function removeAfterTest(
  ownKubeConfig: KubeConfig,
  objects: readonly ClusterObject[],
  recording: TestRecording,
): Promise<void> {
  const { removed, failures } = await removeObjects(ownKubeConfig, objects);
  for (const object of removed) recording.recordRemoved(object);
  for (const line of failures) console.warn(`snoop: it is left behind in the cluster: ${line}`);
}
