import { isSameMinor } from '@snoop/snoopdb';
import type { ConformanceTest, GateFacts, GateList, GateRules } from './facts.ts';
import { addMinors, countMinors } from './minors.ts';

/**
 * The most tests of later releases, as a share of all. The list of 1.33.0 has 2 of 419 for 1.34, written before the
 * branch was cut; that of 1.36.0 has 5 that 1.35.0 lacks.
 */
const mostLaterShare = 0.01;

/** A list with more unknown entries is another document's: of 104 for 1.37.0, 10 are unknown in 1.30.0, 25 in 1.20.4. */
const mostUnknownShare = 0.2;

/** With fewer unknown entries they are stale. */
const leastUnknown = 5;

/** Doubts that the lists are of the current document. Broken ones are skipped. */
export function doubtLists(facts: GateFacts, { groups }: GateRules): string[] {
  const known = new Set(facts.current.endpoints.map(({ endpoint }) => endpoint));
  const doubts: string[] = [];
  if (groups === null) doubts.push(...doubtOrigins(facts));
  if (groups === null && isUsable(facts.conformance)) doubts.push(...doubtConformance(facts.conformance, facts));
  for (const list of [facts.ineligible, facts.pending]) {
    if (!isUsable(list)) continue;
    const unknown = list.entries.filter(({ endpoint }) => !known.has(endpoint)).length;
    if (unknown < leastUnknown || unknown <= mostUnknownShare * list.entries.length) continue;
    doubts.push(
      `${unknown} of the ${list.entries.length} entries of ${list.source.name} are not endpoints of ` +
        `${facts.current.source.name}. Use the list of ${list.source.role} endpoints of the same commit.`,
    );
  }
  return doubts;
}

/**
 * Doubts by what git and file names know. A list of another branch may excuse endpoints that the one of this commit does
 * not.
 */
function doubtOrigins({ current: { source: document }, conformance, ineligible, pending }: GateFacts): string[] {
  const lists = [conformance, ineligible, pending].flatMap((list) =>
    isUsable<GateList<unknown>>(list) ? list.source : [],
  );
  return lists.flatMap(({ name, release, commit, commitFrom }) => {
    const same = `Use the list of the same commit as ${document.name}.`;
    if (release !== null && document.release !== null && !isSameMinor(release, document.release)) {
      return [`${name} is of ${release}, and ${document.name} of ${document.release}. ${same}`];
    }
    if (commitFrom !== 'git' || document.commitFrom !== 'git' || commit === document.commit) return [];
    return [
      `${name} is of commit ${commit?.slice(0, 12)}, and ${document.name} of ${document.commit?.slice(0, 12)}. ${same}`,
    ];
  });
}

function isUsable<T extends GateList<unknown>>(list: T | null): list is T {
  return list !== null && list.source.problems.length === 0;
}

function doubtConformance({ source, entries }: GateList<ConformanceTest>, { current }: GateFacts): string[] {
  const { release, name } = current.source;
  if (entries.length === 0) return [`${source.name} has no tests. Use the conformance.yaml of the same commit.`];
  // Raises a doubt of its own.
  if (release === null) return [];
  const minors = entries.flatMap(({ promotedIn }) => countMinors(release, promotedIn) ?? []);
  const later = minors.filter((minor) => minor > 0).length;
  const newest = minors.reduce((most, minor) => Math.max(most, minor), Number.NEGATIVE_INFINITY);
  if (newest > 1 || later > mostLaterShare * entries.length) {
    return [
      `${source.name} has tests of ${addMinors(release, newest)}, so ${name} of ${release} is older than it. Use the ` +
        'document of the same commit.',
    ];
  }
  // Every minor release promoted tests; at the start of a development none is promoted yet.
  if (newest < -1) {
    const last = Number.isFinite(newest) ? `ends with ${addMinors(release, newest)}` : 'has no readable release';
    return [`${source.name} ${last}, and ${name} is of ${release}. Use the conformance.yaml of the same commit.`];
  }
  return [];
}
