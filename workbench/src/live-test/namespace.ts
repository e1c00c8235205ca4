import { ApiException, CoreV1Api, Watch } from '@kubernetes/client-node';
import type { KubeConfig } from '@kubernetes/client-node';
import { describeRequestError } from '../audited-cluster/api-error.ts';
import { SnoopError } from '../errors.ts';
import { makeRandomName } from '../journal/run-id.ts';

/** Longer than a busy controller manager needs; a namespace without a service account still serves most tests. */
const serviceAccountSeconds = 10;

/**
 * Makes a namespace for one test: `live-<test name>-<random>`.
 *
 * @param houseKeeping requests go out as the workbench's own, outside the evidence
 * @param waitForServiceAccount wait (bounded) until Pods can be admitted, which need the namespace's default ServiceAccount
 * @throws SnoopError `no_namespace`; the cause is what the API server answered
 */
export async function makeNamespace(
  houseKeeping: KubeConfig,
  test: { name: string; runId: string },
  waitForServiceAccount: boolean,
): Promise<string> {
  const name = ['live', makeSlug(test.name), makeRandomName(6)].filter((part) => part !== '').join('-');
  try {
    await houseKeeping.makeApiClient(CoreV1Api).createNamespace({
      body: { metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'snoop', 'snoop-run': test.runId } } },
    });
  } catch (error) {
    throw new SnoopError('no_namespace', `The namespace ${name} for this test could not be made.`, { cause: error });
  }
  if (waitForServiceAccount) await awaitServiceAccount(houseKeeping, name);
  return name;
}

/** Asks for the removal and does not wait for it: that takes seconds, and nothing depends on it. */
export async function removeNamespace(houseKeeping: KubeConfig, name: string): Promise<void> {
  try {
    await houseKeeping.makeApiClient(CoreV1Api).deleteNamespace({ name });
  } catch (error) {
    if (error instanceof ApiException && (error.code === 404 || error.code === 409)) return;
    console.warn(`snoop: the namespace ${name} is left behind: ${describeRequestError(error)}`);
  }
}

/** Letters and digits of a test's name, short enough that the namespace stays below the 63 characters of a DNS label. */
function makeSlug(name: string): string {
  const words = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return words.slice(0, 40).replace(/^-+|-+$/g, '');
}

/** A watch begins with what is there already, so it answers at once when the account exists. */
async function awaitServiceAccount(houseKeeping: KubeConfig, namespace: string): Promise<void> {
  const query = { fieldSelector: 'metadata.name=default', timeoutSeconds: serviceAccountSeconds };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const watching = await new Watch(houseKeeping).watch(path, query, finish, finish);
  await finished;
  watching.abort();
}
