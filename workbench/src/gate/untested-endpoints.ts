import type { FindReason } from './change-reasons.ts';
import type { DueGap, Gap, PendingGap } from './answer.ts';
import type { PendingEntry, GateFacts, GateRules } from './facts.ts';
import { type DescribeGap, sortByKind } from './gap.ts';
import type { JudgedEndpoint } from './judged-endpoints.ts';
import { addMinors, countMinors } from './minors.ts';
import { count } from '../output/quantities.ts';
import type { Proof } from './proof.ts';

/** The endpoints without a test, by what follows from it. */
export interface SortedGaps {
  readonly gaps: readonly Gap[];
  readonly debt: readonly Gap[];
  readonly due: readonly DueGap[];
  readonly pending: readonly PendingGap[];
}

interface Sorting {
  readonly proof: Proof;
  readonly describe: DescribeGap;
  readonly findReason: FindReason;
}

/** Sorts the endpoints that no test hits: pending, within their grace, failing, older. */
export function sortUntested(
  endpoints: readonly JudgedEndpoint[],
  facts: GateFacts,
  rules: GateRules,
  { proof, describe, findReason }: Sorting,
): SortedGaps {
  const pendingEntries = new Map((facts.pending?.entries ?? []).map((entry) => [entry.endpoint, entry]));
  const gaps: Gap[] = [];
  const debt: Gap[] = [];
  const due: DueGap[] = [];
  const pending: PendingGap[] = [];
  for (const endpoint of endpoints) {
    if (proof.isHit(endpoint.current.endpoint)) continue;
    const entry = pendingEntries.get(endpoint.current.endpoint);
    if (entry !== undefined) {
      const stay = measureStay(entry, endpoint, facts);
      const expired = explainExpiry(stay, rules);
      if (expired === null) pending.push({ ...describe(endpoint), ...stay });
      else gaps.push(describe(endpoint, expired));
      continue;
    }
    const release = addMinors(endpoint.firstRelease, rules.grace);
    const graced = isGraced(endpoint, rules);
    const reason = findReason(endpoint.current.endpoint);
    if (graced && release !== null) due.push({ ...describe(endpoint, reason), due: release });
    else if (endpoint.isNew || reason !== null) gaps.push(describe(endpoint, reason));
    else if (endsGrace(release, facts, rules)) {
      gaps.push(describe(endpoint, `due since ${release}, by --grace ${rules.grace}`));
    } else debt.push(describe(endpoint));
  }
  return { gaps: sortByKind(gaps), debt: sortByKind(debt), due: sortByKind(due), pending: sortByKind(pending) };
}

function isGraced({ age }: JudgedEndpoint, { grace }: GateRules): boolean {
  return age !== null && age >= 0 && age < grace;
}

/**
 * Whether the grace ended between the two documents. Without this an endpoint would be excused while it is new, and be no
 * longer new when its test is due.
 */
function endsGrace(due: string | null, { current, previous }: GateFacts, { grace }: GateRules): boolean {
  const sincePrevious = countMinors(previous.source.release, due);
  const untilCurrent = countMinors(due, current.source.release);
  return grace > 0 && sincePrevious !== null && untilCurrent !== null && sincePrevious > 0 && untilCurrent >= 0;
}

type Stay = Pick<PendingGap, 'since' | 'pendingFor'>;

/** Since when an endpoint is pending: if that is unknown, at most since its first release. */
function measureStay(entry: PendingEntry, endpoint: JudgedEndpoint, { current }: GateFacts): Stay {
  const since = entry.since ?? endpoint.firstRelease;
  const minors = countMinors(since, current.source.release);
  // A later release contradicts the document.
  return { since, pendingFor: minors !== null && minors < 0 ? null : minors };
}

/** Why a pending endpoint fails; null: it does not. */
function explainExpiry({ since, pendingFor }: Stay, { pendingLimit }: GateRules): string | null {
  if (pendingLimit === null) return null;
  if (pendingFor === null)
    return `pending since ${since ?? 'an unknown release'}, with --pending-limit ${pendingLimit}`;
  if (pendingFor < pendingLimit) return null;
  return `pending since ${since}, for ${count(pendingFor, 'minor release')}; the limit is --pending-limit ${pendingLimit}`;
}
