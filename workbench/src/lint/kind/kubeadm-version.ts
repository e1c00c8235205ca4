import { splitRelease } from '@snoop/snoopdb';

/** The versions of kubeadm's configuration that kind's template has. */
export type KubeadmVersion = (typeof kubeadmVersions)[number];

export const kubeadmVersions = ['v1beta2', 'v1beta3', 'v1beta4'] as const;

/** Those of the Kubernetes releases that have a cluster with an audit log here. */
const bothVersions: readonly KubeadmVersion[] = ['v1beta3', 'v1beta4'];

/** Which releases a version is for, in words. */
export const releasesOf: Readonly<Record<KubeadmVersion, string>> = {
  v1beta2: 'Kubernetes before 1.23',
  v1beta3: 'Kubernetes 1.23 to 1.35',
  v1beta4: 'Kubernetes 1.36 and newer',
};

/** The release that the tag of a node image says; null when it says none. */
function readImageRelease(image: string): string | null {
  const [, major, minor] = /:v?(\d+)\.(\d+)(?:[.+-][^:/@]*)?(?:@|$)/.exec(image) ?? [];
  return major === undefined ? null : `${major}.${minor}.0`;
}

/** What kind's template speaks to a release, `X.Y.Z` (kind's pkg/cluster/internal/kubeadm/config.go). */
function chooseKubeadmVersion(release: string): KubeadmVersion {
  const { major, minor } = splitRelease(release);
  if (major > 1 || minor >= 36) return 'v1beta4';
  return minor >= 23 ? 'v1beta3' : 'v1beta2';
}

/** Versions that have to be right on a node: one where the release is known, else both. */
export function listWantedVersions(image: string | null, release: string | null): readonly KubeadmVersion[] {
  const known = release ?? (image === null ? null : readImageRelease(image));
  return known === null ? bothVersions : [chooseKubeadmVersion(known)];
}
