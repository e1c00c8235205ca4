import { compareReleases, splitRelease } from '@snoop/snoopdb';

/**
 * Which etcd a kube-apiserver wants. `least`: kubeadm's MinExternalEtcdVersion of these releases
 * (cmd/kubeadm/app/constants/constants.go); before 1.34 the first 3.5 whose watch progress the apiserver trusts
 * (staging/src/k8s.io/apiserver/pkg/storage/feature). `published`: what these releases are tested with
 * (build/dependencies.yaml), or a later patch of the same line; it is the one that is downloaded.
 */
const table = [
  { fromMinor: 34, least: '3.5.24', published: '3.6.8' },
  { fromMinor: 0, least: '3.5.13', published: '3.5.24' },
] as const;

/** The row for a Kubernetes release. */
export function requiredEtcd(release: string): { least: string; published: string } {
  const { minor } = splitRelease(release);
  return table.find(({ fromMinor }) => minor >= fromMinor) ?? table[0];
}

/** Whether an etcd may open data that `earlier` wrote: the same minor version or a later one. */
export function canOpenData(version: string, earlier: string): boolean {
  const minorOf = (text: string): string => text.split('.').slice(0, 2).join('.');
  return compareReleases(minorOf(version), minorOf(earlier)) >= 0;
}
