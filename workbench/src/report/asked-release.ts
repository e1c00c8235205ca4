import type { AskedRelease } from '@snoop/snoopdb';

/** What a reader must know of a release before its figures. */
export function releaseFacts(release: AskedRelease): [name: string, value: string][] {
  const date = release.releaseDate === null ? ', in development' : ` of ${release.releaseDate}`;
  const facts: [string, string][] = [
    ['Release', `${release.release}${date}; ${release.coverageOrigin ?? 'no coverage is loaded'}`],
  ];
  for (const warning of releaseWarnings(release)) facts.push(['Note', warning]);
  return facts;
}

/** Why the figures of a release are not the whole truth. */
export function releaseWarnings({ release, incomplete }: Pick<AskedRelease, 'release' | 'incomplete'>): string[] {
  return incomplete === null ? [] : [`the data of ${release} is incomplete: ${incomplete}`];
}

/** What programs get to know of a release. */
export function releaseJson(release: AskedRelease): Record<string, string | null> {
  const { release: name, releaseDate, coverageOrigin, incomplete } = release;
  return { release: name, releaseDate, coverageOrigin, incomplete };
}
