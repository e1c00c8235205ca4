import { readArguments } from '../audit/apiserver-source.ts';
import { checkFields } from '../fields.ts';
import type { Report } from '../finding.ts';
import type { YamlNode } from '../yaml-node.ts';
import type { KubeadmVersion } from './kubeadm-version.ts';
import { isAppliedTo, type Patch } from './patch.ts';

/** Of kubeadm 1.36 (cmd/kubeadm/app/apis/kubeadm/v1beta3 and v1beta4, types.go). */
const clusterFields = [
  ...['apiVersion', 'kind', 'metadata', 'etcd', 'networking', 'kubernetesVersion', 'controlPlaneEndpoint', 'apiServer'],
  ...['controllerManager', 'scheduler', 'dns', 'certificatesDir', 'imageRepository', 'featureGates', 'clusterName'],
];
const newClusterFields = ['proxy', 'encryptionAlgorithm', 'certificateValidityPeriod', 'caCertificateValidityPeriod'];
const componentFields = ['extraArgs', 'extraVolumes', 'certSANs'];
const volumeFields = ['name', 'hostPath', 'mountPath', 'readOnly', 'pathType'];

const components = ['apiServer', 'controllerManager', 'scheduler'];

/** Finds what kubeadm does not take, or takes for something else, in a patch of a version that is wanted. */
export function checkPatchContent(patch: Patch, wanted: readonly KubeadmVersion[], report: Report): void {
  const versions = wanted.filter((version) => isAppliedTo(patch, version));
  if (versions.length === 0) return;
  if (patch.form === 'json6902') checkOperations(patch.content, versions, report);
  else if (patch.kind === 'ClusterConfiguration') checkCluster(patch, versions, report);
  else if (patch.kind === 'InitConfiguration' || patch.kind === 'JoinConfiguration') {
    const args = patch.content.get('nodeRegistration')?.get('kubeletExtraArgs') ?? null;
    checkArguments('kubeletExtraArgs', args, patch, versions, report);
  }
}

function checkCluster(patch: Patch, versions: readonly KubeadmVersion[], report: Report): void {
  const isNew = versions.every((version) => version === 'v1beta4');
  checkFields(patch.content, 'A ClusterConfiguration', [...clusterFields, ...(isNew ? newClusterFields : [])], report);
  for (const name of components) {
    const component = patch.content.get(name);
    if (component === null) continue;
    const more = [
      ...(isNew ? ['extraEnvs'] : []),
      ...(isNew || name !== 'apiServer' ? [] : ['timeoutForControlPlane']),
    ];
    checkFields(component, name, [...componentFields, ...more], report);
    checkArguments(`${name}.extraArgs`, component.get('extraArgs'), patch, versions, report);
    for (const volume of component.get('extraVolumes')?.items() ?? []) {
      checkFields(volume, 'An element of extraVolumes', volumeFields, report);
    }
  }
  checkArguments(
    'etcd.local.extraArgs',
    patch.content.get('etcd')?.get('local')?.get('extraArgs') ?? null,
    patch,
    versions,
    report,
  );
}

function checkArguments(
  what: string,
  args: YamlNode | null,
  { apiVersion }: Patch,
  versions: readonly KubeadmVersion[],
  report: Report,
): void {
  if (args === null) return;
  const isList = Array.isArray(args.value);
  if (isList && !versions.every((version) => version === 'v1beta4')) {
    const where =
      apiVersion === null ? 'v1beta3 (Kubernetes up to 1.35), and the patch names no version' : 'this version';
    const message = `${what} is a list, as in kubeadm v1beta4; in ${where} it is a mapping of names to values, and kubeadm makes no cluster from a list. Write a mapping here, and the list in a patch with 'apiVersion: kubeadm.k8s.io/v1beta4'.`;
    report('error', 'args-shape', args.line, message);
  } else if (!isList && apiVersion !== null && versions.includes('v1beta4')) {
    const message = `${what} is a mapping, as in kubeadm v1beta3; in v1beta4 it is a list of name and value, and kind drops the mapping without a word. Write '- name: …' and 'value: …'.`;
    report('error', 'args-shape', args.line, message);
  }
  for (const { name, value, line } of readArguments(args)) checkArgument(what, name, value, line, report);
}

function checkArgument(what: string, key: string | null, value: YamlNode | null, line: number, report: Report): void {
  if (key === null) {
    const message = `An element of ${what} has no name: kind drops it without a word. It wants name and value.`;
    report('error', 'args-shape', line, message);
  } else if (key.startsWith('-')) {
    const message = `${what} takes the flag's name without its dashes: with them kubeadm writes '--${key}', and nothing starts. Write ${key.replace(/^-+/, '')}.`;
    report('error', 'args-dashes', line, message);
  } else if (value?.value == null) {
    const message = `${key} has no value: that takes the flag out. A switch wants 'true', in quotes.`;
    report('warning', 'args-empty', line, message);
  } else if (value.text === null) {
    const message = `${key} has to be a text, and kubeadm makes no cluster from anything else: write it in quotes, '${String(value.value)}'.`;
    report('error', 'args-text', value.line, message);
  }
}

/** RFC 6902 paths into arguments differ by version: a name in a mapping, a place in a list. */
function checkOperations(content: YamlNode, versions: readonly KubeadmVersion[], report: Report): void {
  if (!Array.isArray(content.value)) {
    const message =
      'A JSON 6902 patch is a list of operations, each with op, path and value: kind makes no cluster from anything else.';
    report('error', 'wrong-type', content.line, message);
    return;
  }
  for (const operation of content.items()) {
    const path = operation.get('path');
    const [, step] = /\/(?:extraArgs|kubeletExtraArgs)\/([^/]+)/.exec(path?.text ?? '') ?? [];
    if (step === undefined || path === null) continue;
    const isPlace = /^(\d+|-)$/.test(step);
    const wrong = versions.find((version) => (version === 'v1beta4') !== isPlace);
    if (wrong === undefined) continue;
    const message = isPlace
      ? `${path.text} is a place in a list, and in kubeadm ${wrong} arguments are a mapping: kubeadm gets a flag named '${step}'. Use a path that ends in the flag's name, with 'version: ${wrong}'.`
      : `${path.text} is a name in a mapping, and in kubeadm ${wrong} arguments are a list: kind cannot apply it, and makes no cluster. Add {name, value} at …/extraArgs/-, with 'version: ${wrong}'.`;
    report('error', 'args-shape', path.line, message);
  }
}
