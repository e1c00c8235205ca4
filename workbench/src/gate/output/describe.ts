import type { Gap, GateAnswer, StaleEntry } from '../answer.ts';
import type { KnownFrom, SourceFacts } from '../facts.ts';

/** Digits of a digest and commit for people; JSON has all. */
const shownDigits = 12;
/** `2026-11-28` of a time. */
const shownDate = 10;

/** What fails, as sentences on one line: the endpoint's state, the reason, the owner, and how to start a test. */
export function describeGap(gap: Gap): string {
  const { method, path, state, because, sig, nearest, command } = gap;
  return [
    state === 'missing'
      ? `Missing: the run of this commit does not hit ${method} ${path}.`
      : `Not yet proven: no run of this commit shows a hit of ${method} ${path}.`,
    ...(because === null ? [] : [`Reason: ${because}.`]),
    ...(sig === null ? [] : [`Owner: sig-${sig}.`]),
    ...(nearest === null ? [] : [`Nearest test: ${describeNearest(nearest)}.`]),
    ...(command === null ? [] : [`Start a test: ${command}`]),
  ].join(' ');
}

export function describeNearest({ test, endpoint }: NonNullable<Gap['nearest']>): string {
  return `${test} (hits ${endpoint})`;
}

/** `Stale entry of the pending list: listThing. The document has no such endpoint.` */
export function describeStale({ list, endpoint, why }: StaleEntry): string {
  return `Stale entry of the ${list} list: ${endpoint}. ${why}`;
}

/** `1.37.0, compared with 1.36.0`. */
export function describeReleases({ release, previousRelease }: GateAnswer): string {
  if (release === null && previousRelease === null) return 'unknown';
  return `${release ?? 'unknown'}, compared with ${previousRelease ?? 'an unknown release'}`;
}

/** `664, of which 563 are eligible; 12 eligible ones are new, 10 of these proven`. */
export function describeCounts({ counts }: GateAnswer): string {
  const { endpoints, eligible, newEndpoints, proven } = counts;
  return `${endpoints}, of which ${eligible} are eligible; ${newEndpoints} eligible ones are new, ${proven} of these proven`;
}

/**
 * A source on one line: all that it says about itself, and what is unknown.
 *
 * @param isShort the day, and the first digits of its digest and commit
 */
export function describeSource(source: SourceFacts, isShort: boolean): string {
  const { role, name, release, date, digest, count, commit } = source;
  const digits = isShort ? shownDigits : undefined;
  const origins: readonly Origin[] = [
    ['release', release, source.releaseFrom],
    ['date', date === null ? null : date.slice(0, isShort ? shownDate : undefined), source.dateFrom],
    ['commit', commit === null ? null : commit.slice(0, digits), source.commitFrom],
  ];
  const known = [
    name,
    ...describeOrigins(origins),
    ...(count === null ? [] : [`${count.toLocaleString('en-US')} ${nouns[role][count === 1 ? 0 : 1]}`]),
    ...(digest === null ? [] : [`SHA-256 ${digest.slice(0, digits)}`]),
  ];
  const unknown = [...origins, ['count', count], ['digest', digest]].flatMap(([fact, value]) =>
    value === null ? fact : [],
  );
  return [...known, ...(unknown.length === 0 ? [] : [`unknown: ${unknown.join(', ')}`])].join('; ');
}

/** A fact of a source that something else than its bytes shows. */
type Origin = readonly [fact: string, value: string | null, from: KnownFrom | null];

/** `release 1.37.0, date 2026-11-28 (git)`: for each way in which facts are known, how it is called once. */
function describeOrigins(origins: readonly Origin[]): string[] {
  const ways = new Set(origins.map(([, , from]) => from));
  return [...ways].flatMap((way) => {
    const facts = origins.flatMap(([fact, value, from]) => (value === null || from !== way ? [] : `${fact} ${value}`));
    return facts.length === 0 ? [] : `${facts.join(', ')}${way === null ? '' : ` (${way})`}`;
  });
}

/** What {@link SourceFacts.count} counts. */
const nouns: Readonly<Record<SourceFacts['role'], readonly [one: string, many: string]>> = {
  document: ['endpoint', 'endpoints'],
  'previous document': ['endpoint', 'endpoints'],
  'conformance tests': ['test', 'tests'],
  ineligible: ['entry', 'entries'],
  pending: ['entry', 'entries'],
  hits: ['endpoint hit', 'endpoints hit'],
};

/** Problems and notes of sources, after the source's role and name; without those that are doubts. */
export function listSourceNotes({ sources, doubts }: GateAnswer): string[] {
  return sources.flatMap(({ role, name, problems, notes }) =>
    [...problems, ...notes]
      .filter((sentence) => !doubts.some((doubt) => doubt.includes(sentence)))
      .map((sentence) => `${capitalize(role)} ${name}: ${sentence}`),
  );
}

export function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
