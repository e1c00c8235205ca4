import type { ClusterObject } from '../audited-cluster/created-object.ts';
import type { ClusterAccess } from '../audited-cluster/raw-request.ts';
import { openHouseKeeping } from '../audited-cluster/house-keeping.ts';
import type { RunContext } from '../journal/run-context.ts';
import { removeObjects } from '../removal/remove-objects.ts';
import type { TestRecording } from './test-recording.ts';

/** Removes what a test created through its clients. */
export async function removeMade(context: RunContext, recording: TestRecording): Promise<void> {
  if (recording.made.length === 0) return;
  await removeAfterTest(openHouseKeeping(context.kubeconfig), recording.made, recording);
}

/** What cannot be removed is said and fails no test: it would hide the error of its own. */
export async function removeAfterTest(
  houseKeeping: ClusterAccess,
  objects: readonly ClusterObject[],
  recording: TestRecording,
): Promise<void> {
  const { removed, failures } = await removeObjects(houseKeeping, objects);
  for (const object of removed) recording.forget(object);
  for (const line of failures) console.warn(`snoop: it is left behind in the cluster: ${line}`);
}
