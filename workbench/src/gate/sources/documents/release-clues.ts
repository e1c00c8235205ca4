import { isSameMinor, splitRelease } from '@snoop/snoopdb';
import type { KnownFrom, SourceFacts } from '../../facts.ts';
import { SourceProblem } from '../contents/source-problem.ts';

/** What says that a document is of a release. */
export interface ReleaseClue {
  /** X.Y.Z */
  readonly release: string;
  readonly from: KnownFrom;
  /** For people: `its name`. */
  readonly where: string;
  /**
   * exact: it is this release. In development: it may be any commit before it. Endpoints: it has the endpoints of this
   * release, and the next one begins with the same.
   */
  readonly kind: 'exact' | 'in development' | 'endpoints';
}

/**
 * The release of a document by clues, the strongest first.
 *
 * @param fetchTags the command that gets the tags of the document's repository; null: it is in none
 * @throws SourceProblem if clues contradict each other
 */
export function judgeRelease(
  name: string,
  clues: readonly ReleaseClue[],
  fetchTags: string | null,
): Pick<SourceFacts, 'release' | 'releaseFrom'> {
  const [strongest, ...others] = clues;
  if (strongest === undefined) return { release: null, releaseFrom: null };
  for (const other of others) {
    if (isSameMinor(strongest.release, other.release)) continue;
    if (other.kind === 'endpoints' && mayBegin(strongest, other.release)) continue;
    throw new SourceProblem(
      `${name} is of ${strongest.release} by ${strongest.where}, but of ${other.release} by ${other.where}. ${advise([strongest, other], fetchTags)}`,
    );
  }
  return { release: strongest.release, releaseFrom: strongest.from };
}

/** A fork has the tags of its last synchronization, so tags are the first suspects. */
function advise(clues: readonly ReleaseClue[], fetchTags: string | null): string {
  const flag = clues.find(({ from }) => from === 'flag');
  const correction = `Give the document of one release, or correct ${flag?.where ?? 'its name'}.`;
  const isByTags = fetchTags !== null && clues.some(({ from }) => from === 'git');
  return isByTags ? `${correction} If the checkout has old tags, fetch them: ${fetchTags}` : correction;
}

/** Whether a document of a release in development may still have the endpoints of the release before. */
function mayBegin({ release, kind }: ReleaseClue, before: string): boolean {
  const [older, newer] = [splitRelease(before), splitRelease(release)];
  return kind === 'in development' && newer.major === older.major && newer.minor === older.minor + 1;
}

/** A clue in the spelling of its source: 1.38.0-alpha.1 is 1.38.0 in development. */
export function createClue(text: string, from: KnownFrom, where: string): ReleaseClue {
  const [release = text, before] = text.split('-');
  return { release, from, where, kind: before === undefined ? 'exact' : 'in development' };
}
