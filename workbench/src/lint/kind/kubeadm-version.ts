import { splitRelease } from '@snoop/snoopdb';

/** The versions of kubeadm's configuration in kind's template. */
export type KubeadmVersion = (typeof kubeadmVersions)[number];

export const kubeadmVersions = ['v1beta2', 'v1beta3', 'v1beta4'] as const;

/** The versions of Kubernetes releases that support an audit sink here. */
const bothVersions: readonly KubeadmVersion[] = ['v1beta3', 'v1beta4'];

/** The releases of a version, for people. */
export const releasesOf: Readonly<Record<KubeadmVersion, string>> = {
  v1beta2: 'Kubernetes before 1.23',
  v1beta3: 'Kubernetes 1.23 to 1.35',
  v1beta4: 'Kubernetes 1.36 and newer',
};

/** Reads the release from a node image's tag; null when it has none. */
function readImageRelease(image: string): string | null {
  const [, major, minor] = /:v?(\d+)\.(\d+)(?:[.+-][^:/@]*)?(?:@|$)/.exec(image) ?? [];
  return major === undefined ? null : `${major}.${minor}.0`;
}

/** Chooses the version that kind uses for a release, `X.Y.Z` (kind's pkg/cluster/internal/kubeadm/config.go). */
function chooseKubeadmVersion(release: string): KubeadmVersion {
  const { major, minor } = splitRelease(release);
  if (major > 1 || minor >= 36) return 'v1beta4';
  return minor >= 23 ? 'v1beta3' : 'v1beta2';
}

/** Lists the versions to check on a node: one if the release is known, else both. */
export function listWantedVersions(image: string | null, release: string | null): readonly KubeadmVersion[] {
  const known = release ?? (image === null ? null : readImageRelease(image));
  return known === null ? bothVersions : [chooseKubeadmVersion(known)];
}
