import { compareReleases, isEligible } from '@snoop/snoopdb';
import type { ComparedEndpoint, Comparison } from './comparison.ts';
import type { GateEndpoint, GateFacts, GateRules } from './facts.ts';
import { addMinors, countMinors } from './minors.ts';

/** An endpoint that needs a test, tested or not. */
export interface JudgedEndpoint extends ComparedEndpoint {
  /** Whether the previous document lacks it, at this level and not deprecated. */
  readonly isNew: boolean;
  /** Whether the previous document lacks it altogether, but an older release has it. */
  readonly isReadded: boolean;
  /** X.Y.Z; null: unknown. */
  readonly firstRelease: string | null;
  /** Minor releases since then; null: unknown. */
  readonly age: number | null;
}

/** The endpoints of the judged levels that are not deprecated, and those of them that need a test. */
export interface Judged {
  readonly ofLevels: number;
  readonly endpoints: readonly JudgedEndpoint[];
}

/** Selects the endpoints that need a test, in the order of the document. */
export function selectEndpoints(facts: GateFacts, rules: GateRules, { endpoints }: Comparison): Judged {
  const levels = new Set(rules.levels);
  const listed = new Set((facts.ineligible?.entries ?? []).map(({ endpoint }) => endpoint));
  const ofLevels = [...endpoints.values()].filter(({ current }) => levels.has(current.level) && !current.deprecated);
  return {
    ofLevels: ofLevels.length,
    endpoints: ofLevels
      // Of other levels, if they are judged, all need a test that would if they were stable.
      .filter(({ current }) => isEligible({ ...current, level: 'stable' }, listed.has(current.endpoint)))
      .map((compared) => createJudged(compared, facts, rules)),
  };
}

function createJudged(compared: ComparedEndpoint, facts: GateFacts, rules: GateRules): JudgedEndpoint {
  const { current, previous } = compared;
  const isNew = previous === null || previous.level !== current.level || previous.deprecated;
  const known = findKnownRelease(compared, isNew, facts);
  const release = facts.current.source.release;
  const firstRelease = known ?? (isNew ? guessFirstRelease(facts, rules) : null);
  return {
    ...compared,
    isNew,
    isReadded: previous === null && known !== null && isWithin(known, facts.previous.source.release),
    firstRelease,
    age: countMinors(firstRelease, release),
  };
}

/**
 * The first stable release by the history. It names the endpoint as the history's releases do, so an old name counts,
 * too. What the documents contradict does not count: some published levels differ from the rule, and an endpoint that the
 * previous document has is not younger than it.
 */
function findKnownRelease({ current, previous }: ComparedEndpoint, isNew: boolean, facts: GateFacts): string | null {
  if (current.level !== 'stable') return null;
  const known =
    findRelease(facts.firstReleases, current) ??
    (previous === null ? null : findRelease(facts.firstReleases, previous));
  if (known === null || !isWithin(known, facts.current.source.release)) return null;
  if (previous === null) return known;
  return isWithin(known, facts.previous.source.release) === isNew ? null : known;
}

function findRelease(releases: GateFacts['firstReleases'], { endpoint }: GateEndpoint): string | null {
  return Object.hasOwn(releases, endpoint) ? (releases[endpoint] ?? null) : null;
}

/** Whether a release is not of a later minor release than another. */
function isWithin(release: string, last: string | null): boolean {
  if (last === null) return true;
  const minors = countMinors(release, last);
  return minors === null ? compareReleases(release, last) <= 0 : minors >= 0;
}

/** A new endpoint came with this minor release if the previous document is of this one or the one before. */
function guessFirstRelease({ current, previous }: GateFacts, { groups }: GateRules): string | null {
  // The release of own groups is not the cluster's.
  if (groups !== null) return null;
  const between = countMinors(previous.source.release, current.source.release);
  return between === 0 || between === 1 ? addMinors(current.source.release, 0) : null;
}
