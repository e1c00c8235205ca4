import { compareReleases } from '@snoop/snoopdb';
import { type Comparison, isUnchanged } from './comparison.ts';
import type { GateFacts, GateRules } from './facts.ts';
import { isOfGroups } from './groups.ts';
import { countMinors } from './minors.ts';
import { count } from '../output/quantities.ts';

/**
 * The least share of the previous document that a whole one has. From 1.20.4 to 1.37.0 no release has fewer endpoints than
 * the one before. Own groups may remove a version, so half is enough.
 */
const leastShare = { kubernetes: 0.9, ownGroups: 0.5 };

/**
 * From so many stable endpoints that are gone, the document is cut. From 1.20.4 to 1.37.0 none ever went: a stable API
 * version is not removed within a major release (Kubernetes deprecation policy, rule 4a). A resource has about ten.
 */
const mostStableRemoved = 10;

/** Doubts that the current document is whole, and of a known release. */
export function doubtCurrentDocument(
  { current, previous }: GateFacts,
  { groups, levels }: GateRules,
  { endpoints, previousCount, removed }: Comparison,
): string[] {
  const { name, release } = current.source;
  const again = 'Get the document again.';
  if (current.endpoints.length === 0) return [`${name} has no endpoints. ${again}`];
  const doubts: string[] = [];
  const judged = [...endpoints.values()].filter((one) => levels.includes(one.current.level) && !one.current.deprecated);
  const paths = [...endpoints.values()].map((one) => one.current.path);
  const absent = (groups ?? []).filter((group) => !paths.some((path) => isOfGroups(path, [group])));
  if (absent.length > 0) {
    doubts.push(`${name} has no endpoint of ${absent.join(', ')}. Correct --group, or get the document of your API.`);
  } else if (judged.length === 0) {
    doubts.push(`${name} has no ${levels.join(' or ')} endpoint that can be judged. Use another --level.`);
  }
  if (groups === null && release === null) {
    doubts.push(`The release of ${name} is unknown. Use --release X.Y.Z.`);
  }
  const share = groups === null ? leastShare.kubernetes : leastShare.ownGroups;
  const stableRemoved = removed.filter(({ level, deprecated }) => level === 'stable' && !deprecated).length;
  if (endpoints.size > 0 && endpoints.size < share * previousCount) {
    doubts.push(
      `${name} has only ${count(endpoints.size, 'endpoint')}, ${previous.source.name} has ${previousCount}: it is cut, or ` +
        `older. ${again}`,
    );
  } else if (groups === null && stableRemoved >= mostStableRemoved) {
    doubts.push(
      `${name} lacks ${count(stableRemoved, 'stable endpoint')} of ${previous.source.name}, and Kubernetes removes none: ` +
        `it is cut, or older. ${again}`,
    );
  }
  return doubts;
}

/**
 * Doubts that the previous document is an older one. Only git proves the order of documents of one release, or with the
 * same endpoints.
 */
export function doubtPreviousDocument(facts: GateFacts, { groups }: GateRules, comparison: Comparison): string[] {
  const { current, previous } = facts;
  const { name } = previous.source;
  const older = 'Use an older one: --previous REF, FILE or RELEASE.';
  // Own groups may be new.
  if (previous.endpoints.length === 0 && groups === null) return [`${name} has no endpoints. ${older}`];
  const doubts = groups === null ? doubtReleases(facts, older) : [];
  if (previous.isAncestor || doubts.length > 0) return doubts;
  if (previous.source.digest !== null && previous.source.digest === current.source.digest) {
    return [`${name} has the same bytes as ${current.source.name}. ${older}`];
  }
  const { removed, previousCount } = comparison;
  const endpoints = [...comparison.endpoints.values()];
  if (previousCount === 0 || endpoints.some((one) => one.previous === null)) return [];
  if (removed.length === 0) {
    return endpoints.every(isUnchanged) ? [`${name} has the same endpoints as ${current.source.name}. ${older}`] : [];
  }
  return [
    `${name} has all endpoints of ${current.source.name}, and ${removed.length} more: it is the newer one. ${older}`,
  ];
}

function doubtReleases({ current, previous }: GateFacts, older: string): string[] {
  const [release, before] = [current.source.release, previous.source.release];
  const { name } = previous.source;
  if (before === null) return [`The release of ${name} is unknown. Use --previous-release X.Y.Z.`];
  if (release === null) return [];
  const minors = countMinors(before, release);
  if (minors === null ? compareReleases(before, release) >= 0 : minors < 0) {
    return [`${name} is of ${before}, which is newer than ${release}. ${older}`];
  }
  if (minors === 0 && !previous.isAncestor) {
    return [`${name} is of ${before}, the same minor release as ${release}. ${older}`];
  }
  return [];
}
