import { normalizeRelease } from '../release.ts';

const version = /^v?\d{1,4}\.\d{1,4}(?:\.\d{1,4})?$/;

/**
 * The release in which a conformance test was promoted: the last of the list, in `v1.9, v1.19` or `1.9,v1.19`. Null if
 * none is readable.
 */
export function readPromotion(listed: string): string | null {
  const last = listed
    .split(/[\s,;]+/)
    .filter((part) => version.test(part))
    .at(-1);
  return last === undefined ? null : normalizeRelease(last);
}
