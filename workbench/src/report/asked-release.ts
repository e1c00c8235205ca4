import type { AskedRelease } from '@snoop/snoopdb';

/** Describes a release above its figures. */
export function releaseFacts(release: AskedRelease): [name: string, value: string][] {
  const date = release.releaseDate === null ? ', in development' : ` of ${release.releaseDate}`;
  const facts: [string, string][] = [
    ['Release', `${release.release}${date}; ${release.coverageOrigin ?? 'no coverage is loaded'}`],
  ];
  for (const warning of releaseWarnings(release)) facts.push(['Note', warning]);
  return facts;
}

/** Lists the limits of a release's figures. */
export function releaseWarnings({ release, incomplete }: Pick<AskedRelease, 'release' | 'incomplete'>): string[] {
  return incomplete === null ? [] : [`the data of ${release} is incomplete: ${incomplete}`];
}

export function releaseJson(release: AskedRelease): Record<string, string | null> {
  const { release: name, releaseDate, coverageOrigin, incomplete } = release;
  return { release: name, releaseDate, coverageOrigin, incomplete };
}
