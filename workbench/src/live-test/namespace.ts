import { CoreV1Api, Watch } from '@kubernetes/client-node';
import type { KubeConfig } from '@kubernetes/client-node';
import type { ClusterObject } from '../audited-cluster/created-object.ts';
import { SnoopError } from '../errors.ts';
import { createRandomName } from '../journal/run-id.ts';
import { namespaceLabels } from '../removal/owner.ts';
import { slugify } from './unique-name.ts';

/** Longer than a busy controller manager needs; a namespace without a service account still serves most tests. */
const serviceAccountSeconds = 10;

export interface TestNamespace {
  readonly name: string;
  /** For its removal. */
  readonly object: ClusterObject;
}

/**
 * Makes a namespace for one test: `live-<test name>-<random>`.
 *
 * @param ownKubeConfig requests go out as the workbench's own, outside the evidence
 * @param onMade told of it at once, before anything else may go wrong
 * @throws SnoopError `no_namespace`; the cause is what the API server answered
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
    throw new SnoopError('no_namespace', `The namespace ${name} for this test could not be made.`, { cause: error });
  }
}

/**
 * Waits (bounded) until Pods can be admitted, which need the namespace's default ServiceAccount. A watch begins with what
 * is there already, so it answers at once when the account exists.
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
