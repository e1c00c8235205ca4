import { normalizeRelease } from '../release.ts';

const version = /^v?\d{1,4}\.\d{1,4}(?:\.\d{1,4})?$/;

/**
 * The release in which a conformance test was promoted: the last one of the list, `v1.9, v1.19` and `1.9,v1.19` alike.
 * Null when none can be read.
 */
export function readPromotion(listed: string): string | null {
  const last = listed
    .split(/[\s,;]+/)
    .filter((part) => version.test(part))
    .at(-1);
  return last === undefined ? null : normalizeRelease(last);
}
