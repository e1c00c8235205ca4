import { isConformanceTest } from '@snoop/snoopdb';
import { type Comparison, isUnchanged } from './comparison.ts';
import type { GateFacts, GateHits, GateRules } from './facts.ts';
import type { JudgedEndpoint } from './judged-endpoints.ts';
import type { ExcusedEndpoints } from './excused-endpoints.ts';
import { countMinors } from './minors.ts';
import { count } from '../output/quantities.ts';
import { listShortly } from './short-list.ts';
import { listGaps } from './whole-run.ts';

interface Judgement {
  readonly comparison: Comparison;
  readonly endpoints: readonly JudgedEndpoint[];
  readonly excused: ExcusedEndpoints;
}

/** What else a reader should know, as sentences. */
export function writeNotes(facts: GateFacts, rules: GateRules, judgement: Judgement): string[] {
  return [
    ...noteDocuments(facts, judgement),
    ...noteAddedEntries(judgement),
    ...notePending(facts, judgement),
    ...noteHits(facts, rules),
  ];
}

function noteDocuments({ current, previous }: GateFacts, { comparison: { endpoints, removed } }: Judgement): string[] {
  const notes: string[] = [];
  const [release, before] = [current.source.release, previous.source.release];
  const minors = countMinors(before, release);
  if (previous.isAncestor && minors === 0) {
    const isSame = removed.length === 0 && [...endpoints.values()].every(isUnchanged);
    const change = isSame
      ? 'It has the same endpoints, so none is new.'
      : 'Only what changed between the two commits is new.';
    notes.push(`The previous document is of an ancestor commit in ${release}. ${change}`);
  }
  if (minors !== null && minors > 1) {
    notes.push(`The previous document is ${minors} minor releases older: endpoints of all of them count as new.`);
  }
  const stable = removed.filter(({ level, deprecated }) => level === 'stable' && !deprecated).length;
  if (stable > 0) {
    notes.push(
      `${count(stable, 'stable endpoint')} of the previous document ${stable === 1 ? 'is' : 'are'} gone, although ` +
        'Kubernetes does not remove stable API versions.',
    );
  }
  return notes;
}

/** A change that adds an endpoint may also excuse it. */
function noteAddedEntries({ excused: { ineligible, pending } }: Judgement): string[] {
  return [
    ...(ineligible.length === 0
      ? []
      : [`On the list of ineligible endpoints since the previous document: ${listShortly(ineligible)}.`]),
    ...(pending.length === 0
      ? []
      : [`On the list of pending endpoints since the previous document: ${listShortly(pending)}.`]),
  ];
}

function notePending({ pending, current }: GateFacts, { endpoints }: Judgement): string[] {
  const judged = new Set(endpoints.map((one) => one.current.endpoint));
  const known = new Set(current.endpoints.map(({ endpoint }) => endpoint));
  const idle = (pending?.entries ?? []).filter(({ endpoint }) => known.has(endpoint) && !judged.has(endpoint));
  return idle.length === 0
    ? []
    : [
        `Pending, but it needs no test by its level or the other list: ${listShortly(idle.map((one) => one.endpoint))}.`,
      ];
}

function noteHits(facts: GateFacts, rules: GateRules): string[] {
  if (facts.hits.length === 0) return ['No hits were given, so no endpoint is proven. Use --hits.'];
  const release = facts.current.source.release;
  return facts.hits.flatMap((hits) => {
    const { name, release: own } = hits.source;
    return [
      ...(rules.groups === null && own !== null && own !== release
        ? [`${name} is of ${own}, and the document of ${release}.`]
        : []),
      ...noteUnlistedTests(hits, facts, rules),
      ...listGaps(hits, facts, rules).map((reason) => `${name} is no proof of absence: ${reason}`),
    ];
  });
}

/** Tests of another commit's list: this change may have removed or renamed them. */
function noteUnlistedTests({ source, tests }: GateHits, { conformance }: GateFacts, rules: GateRules): string[] {
  if (conformance === null || rules.groups !== null || rules.anyTest) return [];
  const listed = new Set(conformance.entries.map(({ codename }) => codename));
  const unlisted = tests.filter((test) => isConformanceTest(test) && !listed.has(test));
  if (unlisted.length === 0) return [];
  return [
    `${source.name} has hits of ${count(unlisted.length, 'conformance test')} that ${conformance.source.name} does not ` +
      `list; they do not count: ${listShortly(unlisted)}.`,
  ];
}
