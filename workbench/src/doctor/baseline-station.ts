import { listShippedReleases, pickNearestRelease, readBaseline, splitRelease } from '@snoop/snoopdb';
import { notChecked, ok, wrong } from './finding.ts';
import { onlyFinding } from './station.ts';
import type { Station } from './station.ts';

/** Whether the baseline is the nearest release to the cluster's version. */
export const baselineStation: Station = {
  name: 'baseline',
  limitMs: () => 20_000,
  async check({ facts: { database, cluster } }) {
    if (!database) return onlyFinding(notChecked('SnoopDB cannot be used'));
    const baseline = await readBaseline(database.pool);
    const shipped = await listShippedReleases();
    const version = cluster?.version ?? null;
    if (!baseline) {
      const nearest = (version === null ? null : pickNearestRelease(version, shipped)) ?? shipped.at(-1) ?? 'X.Y.Z';
      return onlyFinding(wrong('no_baseline', { nearest }));
    }
    const { release, endpoints, tested, incomplete } = baseline;
    const summary = `${release}: ${tested} of ${endpoints} endpoints tested${incomplete === null ? '' : `; ${incomplete}`}`;
    if (version === null) return onlyFinding(notChecked(`the cluster gave no version to compare with ${release}`));
    const nearest = pickNearestRelease(version, [...new Set([...shipped, release])]) ?? release;
    if (!isSameMinor(nearest, release)) {
      return onlyFinding(wrong('baseline_far', { baseline: release, version, nearest }));
    }
    return onlyFinding(ok(`${summary}; the cluster is ${version}`));
  },
};

function isSameMinor(one: string, other: string): boolean {
  const [a, b] = [splitRelease(one), splitRelease(other)];
  return a.major === b.major && a.minor === b.minor;
}
