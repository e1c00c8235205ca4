import { SnoopDbError } from '../errors.ts';
import { normalizeRelease } from '../release.ts';

const number = String.raw`\d{1,3}\.\d{1,3}(?:\.\d{1,4})?(?:-(?:alpha|beta|rc)\.\d{1,4})?`;
const inFileName = new RegExp(`(?<![0-9A-Za-z.])v?(${number})(?![0-9A-Za-z]|[.][0-9])`, 'g');
/** In the name of a rotated log: `audit-2026-08-01T10-00-00.123.log` (gopkg.in/natefinch/lumberjack). */
const rotationTime = /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}/g;
const wholeFolder = new RegExp(`^(?:release-|kubernetes-)?v?(${number})$`);

/**
 * The release in a file's name or URL, as X.Y.Z: `swagger-1.36.json.gz`, `…/v1.36.0/…/swagger.json`,
 * `…/release-1.36/…`. Null if there is none, or several in the file name. The host of a URL does not count.
 */
export function findReleaseInName(name: string): string | null {
  const segments = listSegments(name);
  const file = (segments.at(-1) ?? '').replaceAll(rotationTime, '');
  const named = [...new Set([...file.matchAll(inFileName)].map(([, found]) => normalizeRelease(found ?? '')))];
  if (named.length > 0) return named.length === 1 ? (named[0] ?? null) : null;
  for (const folder of segments.slice(0, -1).reverse()) {
    const found = wholeFolder.exec(folder)?.[1];
    if (found) return normalizeRelease(found);
  }
  return null;
}

/** @throws SnoopDbError `bad_release` if neither the option nor the name has a release */
export function requireRelease(name: string, wanted: string | undefined): string {
  const release = wanted === undefined ? findReleaseInName(name) : normalizeRelease(wanted);
  if (release !== null) return release;
  throw new SnoopDbError(
    'bad_release',
    `The name ${name} does not show its release. Name it, for example --release 1.36.0.`,
  );
}

function listSegments(name: string): string[] {
  const path = /^https?:\/\//.test(name) && URL.canParse(name) ? new URL(name).pathname : name;
  return path.split('/').filter(Boolean);
}
