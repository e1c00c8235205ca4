import { type AskedRelease, normalizeRelease } from '@snoop/snoopdb';
import { didYouMean, findNearest } from '@snoop/snoopdb/command-line';
import { SnoopError } from '../errors.ts';

/**
 * Picks the releases of a site from the loaded ones, newest first.
 * @throws SnoopError `no_release`; SnoopDbError `bad_release`
 */
export function pickReleases(loaded: readonly AskedRelease[], wanted: readonly string[] | undefined): AskedRelease[] {
  if (wanted === undefined) {
    const covered = loaded.filter(({ coverageOrigin }) => coverageOrigin !== null);
    if (covered.length > 0) return covered;
    throw new SnoopError('no_release', 'No release with coverage is loaded.', { advice: ['snoop load baseline'] });
  }
  const names = new Set(wanted.map(normalizeRelease));
  for (const name of names) {
    if (loaded.some(({ release }) => release === name)) continue;
    const known = loaded.map(({ release }) => release);
    throw new SnoopError('no_release', `Release ${name} is not loaded (loaded: ${known.join(', ') || 'none'}).`, {
      exitCode: 2,
      advice: [didYouMean(findNearest(name, known, 3)) || `snoop load baseline ${name}`],
    });
  }
  return loaded.filter(({ release }) => names.has(release));
}
