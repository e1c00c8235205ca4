import SemVer from 'semver/classes/semver.js';
import { SnoopDbError } from './errors.ts';

// More lenient than semver: servers report `v1.36`, and `1.36+` for a vendor's minor release.
const pattern = /^v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?\+?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.+-]*)?$/;

function parseRelease(text: string): SemVer | null {
  const [found, major, minor, patch = '0', pre] = pattern.exec(text.trim()) ?? [];
  if (found === undefined) return null;
  try {
    return new SemVer(`${major}.${minor}.${patch}${pre === undefined ? '' : `-${pre}`}`, { loose: true });
  } catch {
    return null;
  }
}

/**
 * Formats a release as `X.Y.Z`: `1.36`, `v1.36.0` and `1.36.0+k3s1` become `1.36.0`; `v1.37.0-beta.0` becomes
 * `1.37.0-beta.0`.
 * @throws SnoopDbError `bad_release`
 */
export function normalizeRelease(text: string): string {
  const release = parseRelease(text);
  if (!release) {
    throw new SnoopDbError('bad_release', `"${text}" is not a release. Write it as X.Y.Z, for example 1.36.0.`);
  }
  return release.version;
}

/** Reads a release from a document, as X.Y.Z; null if it is not one, or too long for an index. */
export function readRelease(text: string): string | null {
  return text.length <= 60 ? (parseRelease(text)?.version ?? null) : null;
}

/** Compares two releases, or versions of other programs, by semver. Other texts come first. */
export function compareReleases(left: string, right: string): number {
  const a = parseRelease(left);
  const b = parseRelease(right);
  if (!a || !b) return Number(a !== null) - Number(b !== null) || (left < right ? -1 : Number(left > right));
  return a.compare(b);
}

/**
 * The major and minor number of a release.
 * @throws SnoopDbError `bad_release`
 */
export function splitRelease(release: string): { major: number; minor: number } {
  const { major, minor } = new SemVer(normalizeRelease(release), { loose: true });
  return { major, minor };
}

export function isSameMinor(left: string, right: string): boolean {
  const a = parseRelease(left);
  const b = parseRelease(right);
  return a !== null && b !== null && a.major === b.major && a.minor === b.minor;
}

/**
 * Picks the release nearest to `wanted` by minor number. Of two that are equally near it picks the older one: an
 * endpoint of an older release is more likely to be served than one that was added later.
 */
export function pickNearestRelease(wanted: string, releases: readonly string[]): string | null {
  const target = parseRelease(wanted);
  if (!target) return null;
  const distance = (text: string): [number, number, number] => {
    const release = parseRelease(text);
    if (!release) return [Number.MAX_SAFE_INTEGER, 0, 0];
    const minors = (release.major - target.major) * 1000 + release.minor - target.minor;
    return [Math.abs(minors), minors > 0 ? 1 : 0, Math.abs(release.patch - target.patch)];
  };
  let best: { release: string; distance: [number, number, number] } | null = null;
  for (const release of releases) {
    const far = distance(release);
    if (!best || compareDistances(far, best.distance) < 0) best = { release, distance: far };
  }
  return best && best.distance[0] < Number.MAX_SAFE_INTEGER ? best.release : null;
}

function compareDistances(a: [number, number, number], b: [number, number, number]): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
