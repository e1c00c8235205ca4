import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';
import type { Report } from '../finding.ts';
import { checkPatchContent } from './patch-content.ts';
import { type KubeadmVersion, releasesOf } from './kubeadm-version.ts';
import { isAppliedTo, type Patch, type Scope } from './patch.ts';

/**
 * The documents that kind generates for a node: kubeadm's three, in the release's version, and two with one version
 * each.
 */
const kubeadmKinds = ['ClusterConfiguration', 'InitConfiguration', 'JoinConfiguration'];
const otherKinds: Readonly<Record<string, string>> = {
  KubeletConfiguration: 'kubelet.config.k8s.io/v1beta1',
  KubeProxyConfiguration: 'kubeproxy.config.k8s.io/v1alpha1',
};
const kinds = [...kubeadmKinds, ...Object.keys(otherKinds)];

const ignored = 'kind silently ignores it';

/**
 * Finds patches that kind does not apply, or that kubeadm does not read.
 *
 * @param wanted the versions to check on the nodes of the scope
 */
export function checkPatches({ node, patches }: Scope, wanted: readonly KubeadmVersion[], report: Report): void {
  const matching = patches.filter((patch) => checkTarget(patch, report));
  if (node !== null) for (const patch of matching) checkReader(patch, node.isFirst, report);
  for (const kind of kubeadmKinds) checkVersions(kind, matching, wanted, report);
  for (const patch of matching) checkPatchContent(patch, wanted, report);
}

/** @returns whether a document matches */
function checkTarget({ kind, apiVersion, version, line }: Patch, report: Report): boolean {
  if (kind === null) {
    const message = `The patch has no kind, so it matches no document, and ${ignored}. Start it with 'kind: ClusterConfiguration', or another kind.`;
    report('error', 'no-kind', line, message);
    return false;
  }
  if (!kinds.includes(kind)) {
    const hint = didYouMean(findNearest(kind, kinds, 1)) || `It generates ${kinds.join(', ')}.`;
    report('error', 'unknown-kind', line, `kind generates no '${kind}', so ${ignored}. ${hint}`);
    return false;
  }
  const only = otherKinds[kind];
  if (apiVersion === null || version !== null ? only === undefined || apiVersion === null : apiVersion === only) {
    return true;
  }
  const way =
    only === undefined ? 'There are kubeadm.k8s.io/v1beta3 and kubeadm.k8s.io/v1beta4.' : `Write ${only}, or none.`;
  report(
    'error',
    'unknown-version',
    line,
    `The ${kind} that kind generates is not '${apiVersion}', so ${ignored}. ${way}`,
  );
  return false;
}

/** kubeadm init reads all documents but JoinConfiguration, kubeadm join only that one. */
function checkReader({ kind, line }: Patch, isFirst: boolean, report: Report): void {
  if (isFirst ? kind !== 'JoinConfiguration' : kind === 'JoinConfiguration') return;
  const message = isFirst
    ? "kubeadm does not read JoinConfiguration on the first control plane: the patch does nothing. Use 'kind: InitConfiguration' there."
    : `kubeadm reads only the first control plane's ${kind}, and this node joins: the patch does nothing. ` +
      (kind === 'InitConfiguration'
        ? "Use 'kind: JoinConfiguration' here."
        : 'Move it to the kubeadmConfigPatches of the cluster, which hold for all nodes.');
  report('error', 'patch-elsewhere', line, message);
}

/** A patch with a version only applies to its releases; the others need their own. */
function checkVersions(
  kind: string,
  patches: readonly Patch[],
  wanted: readonly KubeadmVersion[],
  report: Report,
): void {
  const given = patches.filter((patch) => patch.kind === kind);
  const first = given[0];
  if (first === undefined) return;
  const missing = wanted.filter((version) => !given.some((patch) => isAppliedTo(patch, version)));
  const shape = (version: KubeadmVersion): string =>
    kind === 'ClusterConfiguration'
      ? ` (extraArgs is ${version === 'v1beta4' ? 'a list of name and value' : 'a mapping'} there)`
      : '';
  for (const version of missing) {
    const spoken = [...new Set(given.map((patch) => patch.version))].join(' and ');
    const message =
      `This ${kind} is only patched for kubeadm ${spoken}. For ${releasesOf[version]} kind uses ${version}, and silently ignores the patch. ` +
      `Add the same for kubeadm.k8s.io/${version}${shape(version)}${wanted.length > 1 ? ', or set --release' : ''}.`;
    report('error', 'patch-version', first.line, message);
  }
}
