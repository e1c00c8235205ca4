import type { ClusterObject } from '../audited-cluster/created-object.ts';
import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import { openOwnKubeConfig } from '../audited-cluster/own-kube-config.ts';
import type { RunContext } from '../journal/run-context.ts';
import { removeObjects } from '../removal/remove-objects.ts';
import type { TestRecording } from './test-recording.ts';

/** Removes the objects that a test created. */
export async function removeCreated(context: RunContext, recording: TestRecording): Promise<void> {
  if (recording.created.length === 0) return;
  await removeAfterTest(openOwnKubeConfig(context.kubeconfig), recording.created, recording);
}

/** Removes objects; failures are printed but fail no test, since they would hide its own error. */
export async function removeAfterTest(
  ownKubeConfig: ClusterAccess,
  objects: readonly ClusterObject[],
  recording: TestRecording,
): Promise<void> {
  const { removed, failures } = await removeObjects(ownKubeConfig, objects);
  for (const object of removed) recording.recordRemoved(object);
  for (const line of failures) console.warn(`snoop: left in the cluster: ${line}`);
}
