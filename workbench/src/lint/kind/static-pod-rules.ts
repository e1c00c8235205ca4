import type { Report } from '../finding.ts';
import type { YamlNode } from '../yaml-node.ts';

/**
 * Finds why the kubelet creates no Pod from a manifest, or one that does not start.
 * https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/
 *
 * @returns whether it is a Pod
 */
export function checkStaticPod(pod: YamlNode | undefined, report: Report): pod is YamlNode {
  const kind = pod?.get('kind');
  const apiVersion = pod?.get('apiVersion');
  if (pod === undefined || kind?.text !== 'Pod' || apiVersion?.text !== 'v1') {
    const found = `${String(apiVersion?.value ?? 'no apiVersion')} ${String(kind?.value ?? 'without a kind')}`;
    const message = `A static pod is one Pod of v1, but this is ${found}: the kubelet ignores it. Apply it when the API is up, or write the Pod itself.`;
    report('error', 'no-pod', kind?.line ?? pod?.line ?? null, message);
    return false;
  }
  if (!pod.get('metadata')?.get('name')?.text) {
    const message = 'The Pod has no metadata.name: the kubelet ignores it.';
    report('error', 'no-name', pod.get('metadata')?.line ?? pod.line, message);
  }
  const spec = pod.get('spec');
  if (spec === null) return true;
  for (const { what, line } of listReferences(spec)) {
    const message = `A static pod cannot use a ${what}: it starts before the API, and the kubelet refuses it. Use hostPath files of the node.`;
    report('error', 'api-object', line, message);
  }
  for (const container of listContainers(spec)) checkPull(container, report);
  return true;
}

function listContainers(spec: YamlNode): YamlNode[] {
  return [...(spec.get('initContainers')?.items() ?? []), ...(spec.get('containers')?.items() ?? [])];
}

interface Reference {
  readonly what: string;
  readonly line: number;
}

const volumeKinds: Readonly<Record<string, string>> = {
  configMap: 'ConfigMap',
  secret: 'Secret',
  persistentVolumeClaim: 'PersistentVolumeClaim',
  ephemeral: 'PersistentVolumeClaim',
  csi: 'CSI driver',
  azureFile: 'Secret',
};
const projectedKinds: Readonly<Record<string, string>> = {
  configMap: 'ConfigMap',
  secret: 'Secret',
  serviceAccountToken: 'ServiceAccount',
  clusterTrustBundle: 'ClusterTrustBundle',
  podCertificate: 'PodCertificateRequest',
};
const variableKinds: Readonly<Record<string, string>> = {
  secretKeyRef: 'Secret',
  configMapKeyRef: 'ConfigMap',
  secretRef: 'Secret',
  configMapRef: 'ConfigMap',
};

/**
 * API objects, which the kubelet refuses in static pods since 1.36, and could not fetch before (pkg/api/pod/util.go,
 * HasAPIObjectReference).
 */
function listReferences(spec: YamlNode): Reference[] {
  const account = ['serviceAccountName', 'serviceAccount'].flatMap((name) => {
    const field = spec.get(name);
    return field?.text ? [{ what: 'ServiceAccount', line: field.line }] : [];
  });
  const pull = (spec.get('imagePullSecrets')?.items() ?? []).map(({ line }) => ({ what: 'Secret', line }));
  const claims = (spec.get('resourceClaims')?.items() ?? []).map(({ line }) => ({ what: 'ResourceClaim', line }));
  const volumes = (spec.get('volumes')?.items() ?? []).flatMap((volume) => [
    ...find(volume, volumeKinds),
    ...(volume.get('projected')?.get('sources')?.items() ?? []).flatMap((source) => find(source, projectedKinds)),
  ]);
  const variables = listContainers(spec).flatMap((container) => [
    ...(container.get('env')?.items() ?? []).flatMap((variable) => {
      const from = variable.get('valueFrom');
      return from === null ? [] : find(from, variableKinds);
    }),
    ...(container.get('envFrom')?.items() ?? []).flatMap((source) => find(source, variableKinds)),
  ]);
  return [...account, ...pull, ...claims, ...volumes, ...variables];
}

function find(node: YamlNode, kinds: Readonly<Record<string, string>>): Reference[] {
  return node.entries().flatMap(({ key, line }) => {
    const what = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
    return what === undefined ? [] : [{ what, line }];
  });
}

/** An image from `kind load` is still pulled when the policy is Always, which is the default for some tags. */
function checkPull(container: YamlNode, report: Report): void {
  const image = container.get('image');
  if (!image?.text) return;
  const policy = container.get('imagePullPolicy');
  const name = image.text.split('@')[0] ?? '';
  const tag = /:([^:/]+)$/.exec(name)?.[1];
  const isPinned = image.text.includes('@') || (tag !== undefined && tag !== 'latest');
  if (policy === null ? isPinned : policy.text !== 'Always') return;
  const why = policy === null ? `${image.text} has no fixed tag, so it is always pulled` : 'imagePullPolicy is Always';
  const isLocal = image.text.startsWith('localhost/');
  const message = isLocal
    ? `${why}: no registry has ${image.text}, only 'kind load' provides it, so the Pod does not start. Write imagePullPolicy: Never.`
    : `${why}: its registry is asked at every start, even after 'kind load'. Write imagePullPolicy: IfNotPresent.`;
  report(isLocal ? 'error' : 'warning', 'pulls-always', policy?.line ?? image.line, message);
}
