import type { GateAnswer, Verdict } from './answer.ts';
import type { ExcusedEndpoints } from './excused-endpoints.ts';
import type { GateRules } from './facts.ts';
import { count } from '../output/quantities.ts';

type Findings = Pick<GateAnswer, 'gaps' | 'debt' | 'due' | 'pending' | 'stale' | 'staleFails' | 'counts'>;

export const exitCodes: Readonly<Record<Verdict, GateAnswer['exitCode']>> = {
  'nothing missing': 0,
  'stale lists': 1,
  'not yet proven': 1,
  missing: 1,
  'cannot tell': 3,
};

/** The verdict on facts without doubts. */
export function chooseVerdict({ gaps, debt, stale, staleFails }: Findings): Verdict {
  const failing = [...gaps, ...(debt ?? [])];
  if (failing.some(({ state }) => state === 'missing')) return 'missing';
  if (failing.length > 0) return 'not yet proven';
  return staleFails && stale.length > 0 ? 'stale lists' : 'nothing missing';
}

/** Sums the answer up in one sentence. */
export function summarize(verdict: Verdict, findings: Findings, rules: GateRules, excused: ExcusedEndpoints): string {
  const { gaps, debt, stale, staleFails } = findings;
  const failing = [...gaps, ...(debt ?? [])];
  const missing = failing.filter(({ state }) => state === 'missing').length;
  const unproven = failing.length - missing;
  const test = nameTest(rules);
  const parts = [
    ...(missing > 0 ? [`${count(missing, 'endpoint')} ${missing === 1 ? 'is' : 'are'} missing a ${test}`] : []),
    ...(unproven > 0 ? [describeUnproven(unproven, missing > 0, test)] : []),
    ...(staleFails && stale.length > 0 ? [describeStale(stale.length)] : []),
  ];
  if (verdict === 'nothing missing') parts.push(describeNothing(findings, test, excused));
  return `${parts.join('; ')}.`;
}

function describeUnproven(unproven: number, isMore: boolean, test: string): string {
  const subject = isMore ? `${unproven} more` : count(unproven, 'endpoint');
  return `${subject} ${unproven === 1 ? 'is' : 'are'} not yet proven: no whole run of this commit says whether a ${test} hits ${unproven === 1 ? 'it' : 'them'}`;
}

function describeStale(stale: number): string {
  return stale === 1 ? '1 entry of the lists is stale' : `${stale} entries of the lists are stale`;
}

function describeNothing({ counts, due, pending }: Findings, test: string, { ineligible }: ExcusedEndpoints): string {
  const untested = [
    ...(due.length > 0 ? [`${due.length} due later`] : []),
    ...(pending.length > 0 ? [`${pending.length} pending`] : []),
    ...(ineligible.length > 0 ? [`${ineligible.length} newly ineligible`] : []),
  ];
  const rest = untested.length > 0 ? `; without a test: ${untested.join(', ')}` : '';
  const subject = ineligible.length > 0 ? 'no eligible endpoint' : 'no endpoint';
  if (counts.newEndpoints === 0) return `Nothing is missing: ${subject} is new${rest}`;
  const { proven, newEndpoints } = counts;
  return `Nothing is missing: a ${test} hits ${proven} of ${count(newEndpoints, 'new endpoint')}${rest}`;
}

/** The kind of test that an endpoint needs. */
function nameTest({ anyTest, groups }: GateRules): string {
  if (groups !== null) return 'test';
  return anyTest ? 'e2e test' : 'conformance test';
}
