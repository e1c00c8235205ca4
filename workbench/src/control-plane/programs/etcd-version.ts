import { compareReleases, splitRelease } from '@snoop/snoopdb';

/**
 * The etcd versions of Kubernetes releases. `least`: kubeadm's MinExternalEtcdVersion
 * (cmd/kubeadm/app/constants/constants.go); before 1.34 the first 3.5 whose watch progress the apiserver trusts
 * (staging/src/k8s.io/apiserver/pkg/storage/feature). `published`: the version to download, which the release is
 * tested with (build/dependencies.yaml), or a later patch of it.
 */
const table = [
  { fromMinor: 34, least: '3.5.24', published: '3.6.8' },
  { fromMinor: 0, least: '3.5.13', published: '3.5.24' },
] as const;

/** The etcd versions for a Kubernetes release. */
export function requiredEtcd(release: string): { least: string; published: string } {
  const { minor } = splitRelease(release);
  return table.find(({ fromMinor }) => minor >= fromMinor) ?? table[0];
}

/** Whether an etcd can open data written by version `earlier`: the same minor version or a later one. */
export function canOpenData(version: string, earlier: string): boolean {
  const minorOf = (text: string): string => text.split('.').slice(0, 2).join('.');
  return compareReleases(minorOf(version), minorOf(earlier)) >= 0;
}
