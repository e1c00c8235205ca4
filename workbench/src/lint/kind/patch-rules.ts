import { findNearest } from '@snoop/snoopdb/command-line';
import type { Report } from '../finding.ts';
import { checkPatchContent } from './patch-content.ts';
import { type KubeadmVersion, releasesOf } from './kubeadm-version.ts';
import { isAppliedTo, type Patch, type Scope } from './patch.ts';

/** What kind generates for a node: kubeadm's three, in the version of the release, and two of one version each. */
const kubeadmKinds = ['ClusterConfiguration', 'InitConfiguration', 'JoinConfiguration'];
const otherKinds: Readonly<Record<string, string>> = {
  KubeletConfiguration: 'kubelet.config.k8s.io/v1beta1',
  KubeProxyConfiguration: 'kubeproxy.config.k8s.io/v1alpha1',
};
const kinds = [...kubeadmKinds, ...Object.keys(otherKinds)];

const ignored = 'kind passes it over without a word';

/**
 * Finds patches that kind does not apply, or that nobody reads afterwards.
 *
 * @param wanted the versions that have to be right on the nodes of the scope
 */
export function checkPatches({ node, patches }: Scope, wanted: readonly KubeadmVersion[], report: Report): void {
  const matching = patches.filter((patch) => checkTarget(patch, report));
  if (node !== null) for (const patch of matching) checkReader(patch, node.isFirst, report);
  for (const kind of kubeadmKinds) checkVersions(kind, matching, wanted, report);
  for (const patch of matching) checkPatchContent(patch, wanted, report);
}

/** @returns whether there is a document that it could be for */
function checkTarget({ kind, apiVersion, version, line }: Patch, report: Report): boolean {
  if (kind === null) {
    const message = `The patch has no kind, so it is for no document, and ${ignored}. Begin it with 'kind: ClusterConfiguration', or what it is for.`;
    report('error', 'no-kind', line, message);
    return false;
  }
  if (!kinds.includes(kind)) {
    const [nearest] = findNearest(kind, kinds, 1);
    const message = `kind generates no '${kind}', so ${ignored}. ${nearest === undefined ? `It generates ${kinds.join(', ')}.` : `Did you mean ${nearest}?`}`;
    report('error', 'unknown-kind', line, message);
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
    `The ${kind} that kind generates is no '${apiVersion}', so ${ignored}. ${way}`,
  );
  return false;
}

/** Which documents kubeadm reads on which node: init all but the join's, join nothing else. */
function checkReader({ kind, line }: Patch, isFirst: boolean, report: Report): void {
  if (isFirst ? kind !== 'JoinConfiguration' : kind === 'JoinConfiguration') return;
  const message = isFirst
    ? "kubeadm reads no JoinConfiguration on the first control plane: the patch does nothing. There it is 'kind: InitConfiguration'."
    : `kubeadm reads the ${kind} of the first control plane alone, and this node only joins: the patch does nothing. ` +
      (kind === 'InitConfiguration'
        ? "Here it is 'kind: JoinConfiguration'."
        : 'Move it to the kubeadmConfigPatches of the cluster: it holds for all nodes.');
  report('error', 'patch-elsewhere', line, message);
}

/** A patch that names a version is for releases of that version; the others have to have one of their own. */
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
      `This ${kind} is patched for kubeadm ${spoken} alone. To ${releasesOf[version]} kind speaks ${version}, and passes the patch over without a word. ` +
      `Add the same for kubeadm.k8s.io/${version}${shape(version)}${wanted.length > 1 ? ', or say with --release which Kubernetes is meant' : ''}.`;
    report('error', 'patch-version', first.line, message);
  }
}
