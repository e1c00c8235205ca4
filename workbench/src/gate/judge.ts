import type { GateAnswer, ProvenEndpoint } from './answer.ts';
import { noteChanges, noteUnknownChanges } from './change-notes.ts';
import { createReasons } from './change-reasons.ts';
import { compareDocuments, type Comparison } from './comparison.ts';
import { findDoubts, listSources } from './doubts.ts';
import type { GateFacts, GateRules } from './facts.ts';
import { findExcused } from './excused-endpoints.ts';
import { createGapDescription, sortByKind } from './gap.ts';
import { type JudgedEndpoint, selectEndpoints } from './judged-endpoints.ts';
import { writeNotes } from './notes.ts';
import { findPathGroup } from './groups.ts';
import { joinHits, type Proof } from './proof.ts';
import { findRenamedTests, renameHits } from './renamed-tests.ts';
import { findStaleEntries } from './stale-entries.ts';
import { chooseVerdict, exitCodes, summarize } from './summary.ts';
import { findUnprovenTests, writeProof } from './unproven-tests.ts';
import { sortUntested } from './untested-endpoints.ts';
import { count } from '../output/quantities.ts';

/** The rules of a gate without flags. */
export const defaultRules: GateRules = {
  levels: ['stable'],
  debt: false,
  anyTest: false,
  grace: 0,
  pendingLimit: null,
  strictLists: false,
  partial: false,
  maxAgeMs: 14 * 24 * 60 * 60 * 1000,
  groups: null,
};

/**
 * Judges whether every new eligible endpoint has a test, without reading anything: the same facts and rules always have
 * the same answer.
 */
export function judgeGate(given: GateFacts, rules: GateRules = defaultRules): GateAnswer {
  const facts = renameHits(given, findRenamedTests(given));
  const comparison = compareDocuments(facts, rules);
  const doubts = findDoubts(facts, rules, comparison);
  if (doubts.length > 0) return answerDoubts(facts, rules, doubts);
  const answer = answerJudged(facts, rules, comparison);
  return { ...answer, notes: [...noteChanges(given), ...answer.notes] };
}

function answerJudged(facts: GateFacts, rules: GateRules, comparison: Comparison): GateAnswer {
  const { ofLevels, endpoints } = selectEndpoints(facts, rules, comparison);
  const proof = joinHits(facts, rules);
  const describe = createGapDescription(facts, rules, { comparison, proof });
  const { gaps, debt, due, pending } = sortUntested(endpoints, facts, rules, {
    ...{ proof, describe, findReason: createReasons(facts, proof) },
  });
  const isNew = endpoints.filter((one) => one.isNew);
  const proven = listProven(isNew, proof);
  const unprovenTests = findUnprovenTests(facts, proof);
  const findings = {
    counts: {
      endpoints: ofLevels,
      eligible: endpoints.length,
      newEndpoints: isNew.length,
      proven: proven.length,
    },
    proven,
    gaps,
    debt: rules.debt ? debt : null,
    due,
    pending,
    stale: findStaleEntries(facts, proof),
    staleFails: rules.strictLists,
    unprovenTests,
    prove: writeProof(unprovenTests),
    renamed: listRenamed(comparison),
    readded: isNew.flatMap(({ isReadded, current }) => (isReadded ? current.endpoint : [])).sort(),
    removed: comparison.removed.map(({ endpoint }) => endpoint).sort(),
    unknownHits: listUnknownHits(facts),
  };
  const excused = findExcused(facts, rules, comparison);
  const verdict = chooseVerdict(findings);
  return {
    verdict,
    exitCode: exitCodes[verdict],
    summary: summarize(verdict, findings, rules, excused),
    ...describeFacts(facts),
    doubts: [],
    ...findings,
    notes: [
      ...writeNotes(facts, rules, { comparison, endpoints, excused }),
      ...(rules.debt ? [] : noteUnknownChanges(facts, debt.length)),
    ],
  };
}

function answerDoubts(facts: GateFacts, rules: GateRules, doubts: readonly string[]): GateAnswer {
  const verdict = 'cannot tell';
  return {
    verdict,
    exitCode: exitCodes[verdict],
    summary: `Cannot tell, for ${count(doubts.length, 'reason')}. Nothing was judged.`,
    ...describeFacts(facts),
    doubts,
    counts: { endpoints: 0, eligible: 0, newEndpoints: 0, proven: 0 },
    proven: [],
    gaps: [],
    debt: rules.debt ? [] : null,
    due: [],
    pending: [],
    stale: [],
    staleFails: rules.strictLists,
    unprovenTests: [],
    prove: null,
    renamed: [],
    readded: [],
    removed: [],
    unknownHits: listUnknownHits(facts),
    notes: [],
  };
}

function describeFacts(facts: GateFacts): Pick<GateAnswer, 'release' | 'previousRelease' | 'sources'> {
  const { current, previous } = facts;
  return {
    release: current.source.release,
    previousRelease: previous.source.release,
    sources: listSources(facts),
  };
}

function listProven(endpoints: readonly JudgedEndpoint[], proof: Proof): ProvenEndpoint[] {
  return sortByKind(
    endpoints
      .filter(({ current }) => proof.isHit(current.endpoint))
      .map(({ current: { endpoint, method, path, kind, group } }) => ({
        endpoint,
        method,
        path,
        kind,
        group: group ?? findPathGroup(path),
        test: proof.findTest(endpoint),
      })),
  );
}

function listRenamed({ endpoints }: Comparison): GateAnswer['renamed'] {
  return [...endpoints.values()]
    .flatMap(({ current, previous }) =>
      previous === null || previous.endpoint === current.endpoint
        ? []
        : { from: previous.endpoint, to: current.endpoint },
    )
    .sort((one, other) => (one.to < other.to ? -1 : 1));
}

function listUnknownHits({ hits }: GateFacts): string[] {
  return [...new Set(hits.flatMap(({ unknown }) => unknown))].sort();
}
