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
  return `${release ?? 'unknown'}, compared with ${previousRelease ?? 'an unknown release'}`;
}

/** `664 of the judged levels, 563 of them eligible; 12 new, 10 of them proven`. */
export function describeCounts({ counts }: GateAnswer): string {
  const { endpoints, eligible, newEndpoints, proven } = counts;
  return `${endpoints} of the judged levels, ${eligible} of them eligible; ${newEndpoints} new, ${proven} of them proven`;
}

/**
 * A source on one line: all that it says about itself, and what is unknown.
 *
 * @param isShort the day, and the first digits of its digest and commit
 */
export function describeSource(source: SourceFacts, isShort: boolean): string {
  const { role, name, release, date, digest, count, commit } = source;
  const digits = isShort ? shownDigits : undefined;
  const facts = {
    release: release === null ? null : `release ${release}${describeFrom(source.releaseFrom)}`,
    date: date === null ? null : `of ${date.slice(0, isShort ? shownDate : undefined)}${describeFrom(source.dateFrom)}`,
    commit: commit === null ? null : `commit ${commit.slice(0, digits)}${describeFrom(source.commitFrom)}`,
    count: count === null ? null : `${count.toLocaleString('en-US')} ${nouns[role][count === 1 ? 0 : 1]}`,
    digest: digest === null ? null : `SHA-256 ${digest.slice(0, digits)}`,
  };
  const unknown = Object.entries(facts).flatMap(([fact, text]) => (text === null ? fact : []));
  const known = Object.values(facts).filter((text) => text !== null);
  return [name, ...known, ...(unknown.length === 0 ? [] : [`unknown: ${unknown.join(', ')}`])].join('; ');
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

/** ` (git)`: how a fact is known. */
function describeFrom(from: KnownFrom | null): string {
  return from === null ? '' : ` (${from})`;
}

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
