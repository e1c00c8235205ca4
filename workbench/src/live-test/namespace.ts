import { CoreV1Api, Watch } from '@kubernetes/client-node';
import type { KubeConfig } from '@kubernetes/client-node';
import type { ClusterObject } from '../audited-cluster/created-object.ts';
import { SnoopError } from '../errors.ts';
import { createRandomName } from '../journal/run-id.ts';
import { namespaceLabels } from '../removal/owner.ts';
import { slugify } from './unique-name.ts';

/** Longer than a busy controller manager needs; most tests work without the service account, too. */
const serviceAccountSeconds = 10;

export interface TestNamespace {
  readonly name: string;
  /** To remove it. */
  readonly object: ClusterObject;
}

/**
 * Creates a namespace for one test: `live-<test name>-<random>`.
 *
 * @param ownKubeConfig for requests outside the evidence
 * @param onMade called right after the creation
 * @throws SnoopError `no_namespace`; the cause is the API server's response
 */
export async function createNamespace(
  ownKubeConfig: KubeConfig,
  test: { readonly name: string; readonly runId: string; readonly owner: string },
  onMade: (object: ClusterObject) => void,
): Promise<TestNamespace> {
  const name = ['live', slugify(test.name, 40), createRandomName(6)].filter((part) => part !== '').join('-');
  const { managedBy, run, owner } = namespaceLabels;
  const labels = { [managedBy]: 'snoop', [run]: test.runId, [owner]: test.owner };
  try {
    const { metadata } = await ownKubeConfig
      .makeApiClient(CoreV1Api)
      .createNamespace({ body: { metadata: { name, labels } } });
    const object = { path: `/api/v1/namespaces/${name}`, uid: metadata?.uid ?? '' };
    onMade(object);
    return { name, object };
  } catch (error) {
    throw new SnoopError('no_namespace', `The namespace ${name} for this test could not be created.`, { cause: error });
  }
}

/**
 * Waits, for a limited time, for the namespace's default ServiceAccount, which Pods need. A watch starts with
 * existing objects, so it returns at once if the account exists.
 */
export async function waitForServiceAccount(ownKubeConfig: KubeConfig, namespace: string): Promise<void> {
  const query = { fieldSelector: 'metadata.name=default', timeoutSeconds: serviceAccountSeconds };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const watching = await new Watch(ownKubeConfig).watch(path, query, finish, finish);
  await finished;
  watching.abort();
}
