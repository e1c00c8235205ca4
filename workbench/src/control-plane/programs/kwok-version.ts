import { compareReleases } from '@snoop/snoopdb';

/** The version of kwok that is downloaded or built. */
export const publishedKwok = '0.8.0';

/** Its configuration is v1alpha1, so another minor version may not read ours. */
export function isUsableKwok(version: string): boolean {
  return compareReleases(version, publishedKwok) >= 0 && compareReleases(version, '0.9.0') < 0;
}
