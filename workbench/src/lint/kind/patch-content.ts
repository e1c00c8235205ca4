import { readArguments } from '../audit/apiserver-source.ts';
import { checkFields } from '../fields.ts';
import type { Report } from '../finding.ts';
import type { YamlNode } from '../yaml-node.ts';
import type { KubeadmVersion } from './kubeadm-version.ts';
import { isAppliedTo, type Patch } from './patch.ts';

/** types.go of cmd/kubeadm/app/apis/kubeadm: v1beta3 of kubeadm 1.36, v1beta4 of 1.37. */
const clusterFields = [
  ...['apiVersion', 'kind', 'metadata', 'etcd', 'networking', 'kubernetesVersion', 'controlPlaneEndpoint', 'apiServer'],
  ...['controllerManager', 'scheduler', 'dns', 'certificatesDir', 'imageRepository', 'featureGates', 'clusterName'],
];
const newClusterFields = ['proxy', 'encryptionAlgorithm', 'certificateValidityPeriod', 'caCertificateValidityPeriod'];
const componentFields = ['extraArgs', 'extraVolumes', 'certSANs'];
const volumeFields = ['name', 'hostPath', 'mountPath', 'readOnly', 'pathType'];

const components = ['apiServer', 'controllerManager', 'scheduler'];

/** Finds what kind and kubeadm ignore in a patch of a wanted version. */
export function checkPatchContent(patch: Patch, wanted: readonly KubeadmVersion[], report: Report): void {
  const versions = wanted.filter((version) => isAppliedTo(patch, version));
  if (versions.length === 0 || patch.form === 'json6902') return;
  if (patch.kind === 'ClusterConfiguration') checkCluster(patch, versions, report);
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
  if (args !== null && !Array.isArray(args.value) && apiVersion !== null && versions.includes('v1beta4')) {
    const message = `${what} is a mapping, as in kubeadm v1beta3; in v1beta4 it is a list of name and value, and kind silently drops the mapping. Write '- name: …' and 'value: …'.`;
    report('error', 'args-shape', args.line, message);
  }
  for (const { name, value, line } of readArguments(args)) {
    if (name === null) {
      const message = `An element of ${what} has no name: kind silently drops it. It needs name and value.`;
      report('error', 'args-shape', line, message);
    } else if (value?.value == null) {
      const message = `${name} has no value, which removes the flag. A switch needs 'true', in quotes.`;
      report('warning', 'args-empty', line, message);
    }
  }
}
