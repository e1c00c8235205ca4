import { SnoopDbError } from './errors.ts';

interface Release {
  major: number;
  minor: number;
  patch: number;
  /** What follows a hyphen (`beta.0`); empty for a finished release. */
  pre: string;
}

const pattern = /^v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?\+?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.+-]*)?$/;

function parseRelease(text: string): Release | null {
  const found = pattern.exec(text.trim());
  if (!found) return null;
  return { major: Number(found[1]), minor: Number(found[2]), patch: Number(found[3] ?? 0), pre: found[4] ?? '' };
}

/**
 * Writes a release as `X.Y.Z`: `1.36`, `v1.36.0` and `1.36.0+k3s1` are `1.36.0`; `v1.37.0-beta.0` is `1.37.0-beta.0`.
 * @throws SnoopDbError `bad_release`
 */
export function normalizeRelease(text: string): string {
  const release = parseRelease(text);
  if (!release) {
    throw new SnoopDbError('bad_release', `"${text}" is no release. Write it as X.Y.Z, for example 1.36.0.`);
  }
  return `${release.major}.${release.minor}.${release.patch}${release.pre && `-${release.pre}`}`;
}

/** The release that a document names, as X.Y.Z; null for what is none. Shorter than anything that fills an index. */
export function readRelease(text: string): string | null {
  return text.length <= 60 && parseRelease(text) ? normalizeRelease(text) : null;
}

/** Orders two releases by semver; what is no release comes first. */
export function compareReleases(left: string, right: string): number {
  const a = parseRelease(left);
  const b = parseRelease(right);
  if (!a || !b) return Number(a !== null) - Number(b !== null) || (left < right ? -1 : Number(left > right));
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch || comparePre(a.pre, b.pre);
}

function comparePre(left: string, right: string): number {
  if (left === right) return 0;
  if (left === '') return 1;
  if (right === '') return -1;
  const a = left.split('.');
  const b = right.split('.');
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const one = a[index];
    const other = b[index];
    if (one === undefined) return -1;
    if (other === undefined) return 1;
    const oneIsNumber = /^\d+$/.test(one);
    const otherIsNumber = /^\d+$/.test(other);
    if (oneIsNumber && otherIsNumber) {
      if (Number(one) !== Number(other)) return Number(one) - Number(other);
    } else if (oneIsNumber !== otherIsNumber) {
      return oneIsNumber ? -1 : 1;
    } else if (one !== other) {
      return one < other ? -1 : 1;
    }
  }
  return 0;
}

/** Whether two releases share major and minor number. */
export function isSameMinor(left: string, right: string): boolean {
  const a = parseRelease(left);
  const b = parseRelease(right);
  return a !== null && b !== null && a.major === b.major && a.minor === b.minor;
}

/**
 * Picks the release that is nearest to `wanted`: by minor number first, and of two that are equally far the older one
 * (an endpoint that an older release has is likelier to be served than one that came later).
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
