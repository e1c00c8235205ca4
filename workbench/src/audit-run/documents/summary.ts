import type { PublishedRelease } from '@snoop/snoopdb';
import { escapeControlCharacters } from '../../output/control-characters.ts';
import { escapeMarkdown, formatMarkdownTable } from '../../output/markdown.ts';
import { count } from '../../output/quantities.ts';
import { quoteWord } from '../../output/quote-word.ts';
import type { RunCounters } from '../folder/run-file.ts';
import type { AgentsDocument } from './agents.ts';
import type { RunDifference } from './difference.ts';
import type { FailedHits } from './failed.ts';
import type { HiddenEndpoint, PolicyView } from './policy-view.ts';
import type { SuiteResults, TestOutcome } from './suite-results.ts';

export interface SummaryFacts {
  readonly id: string;
  readonly cluster: string;
  readonly command: readonly string[];
  readonly seconds: number;
  readonly exitCode: number;
  readonly gateExitCode: number | null;
  /** By the suite's JUnit; null: it left none. */
  readonly outcomes: SuiteResults['outcomes'];
  readonly reasons: readonly string[];
  readonly counters: RunCounters;
  readonly coverage: PublishedRelease;
  readonly failed: FailedHits;
  readonly agents: AgentsDocument;
  readonly difference: RunDifference;
  readonly hidden: PolicyView & { readonly isPolicyKnown: boolean; readonly doubts: readonly string[] };
  /** What else a reader should know, as sentences. */
  readonly notes: readonly string[];
}

/** Longer lists are in the JSON files. */
const limit = 50;

/** Describes a run as Markdown; what is wrong comes first. */
export function createSummary(facts: SummaryFacts): string {
  const { coverage, reasons, notes, agents } = facts;
  return `${[
    `# Audit run ${facts.id}`,
    ...(reasons.length === 0 ? [] : ['**This run is incomplete.**', list(reasons.map(escapeMarkdown))]),
    describeCounters(facts.counters),
    ...describeSight(facts.hidden, coverage),
    list([
      `Cluster: ${facts.cluster}`,
      `Command: \`${escapeControlCharacters(facts.command.map(quoteArgument).join(' ').replaceAll('`', "'"))}\``,
      `Time: ${Math.round(facts.seconds).toLocaleString('en-US')} s`,
      `Exit code of the suite: ${facts.exitCode}`,
      ...describeOutcomes(facts.outcomes),
      ...(facts.gateExitCode === null ? [] : [`Exit code of the gate: ${facts.gateExitCode}`]),
    ]),
    '## Coverage',
    describeCoverage(coverage),
    ...(agents.advice === null ? [] : [escapeMarkdown(agents.advice)]),
    ...(notes.length === 0 ? [] : [list(notes.map(escapeMarkdown))]),
    ...describeFailed(facts.failed),
    ...describeDifference(facts.difference),
    ...describeHidden(facts.hidden),
    ...describeAgents(agents),
  ].join('\n\n')}\n`;
}

/** A flag needs no quotes after a program. */
function quoteArgument(word: string): string {
  return /^-[\w.-]*(?:=[\w./@+-]+)?$/.test(word) ? word : quoteWord(word);
}

/** JUnit of e2e.test also has the specs that were not selected, as skipped. */
function describeOutcomes(outcomes: SuiteResults['outcomes']): string[] {
  if (outcomes === null) return [];
  const counted = (wanted: TestOutcome): string =>
    [...outcomes.values()].filter((outcome) => outcome === wanted).length.toLocaleString('en-US');
  return [`JUnit of the suite: ${counted('passed')} passed, ${counted('failed')} failed`];
}

/** The counters as a sentence: whether everything that was sent is stored. */
export function describeCounters({ sent, stored, rejected, errors, uncertain }: RunCounters): string {
  const told = `${stored.toLocaleString('en-US')} stored`;
  if (sent === null) return `Audit events: ${told}. How many were sent is unknown.`;
  const missing = sent - stored;
  const parts = [`Audit events: ${sent.toLocaleString('en-US')} sent, ${told}`];
  if (missing > uncertain) parts.push(`**${missing.toLocaleString('en-US')} missing**`);
  if (rejected > 0) parts.push(`${rejected.toLocaleString('en-US')} rejected`);
  if (errors !== null && errors > 0) parts.push(`${errors.toLocaleString('en-US')} not sent because of errors`);
  const hint =
    uncertain === 0 ? '' : ` Of these, ${count(uncertain, 'event')} of other clients may be before or after the run.`;
  return `${parts.join(', ')}.${hint}`;
}

function describeCoverage(coverage: PublishedRelease): string {
  const conformance = coverage.endpoints.filter(({ conf_tested }) => conf_tested).length;
  const eligible = coverage['total conformance eligible endpoints'];
  const eligibleTested = coverage['tested conformance eligible endpoints'];
  const unknown = coverage['unknown endpoints']?.length ?? 0;
  const rows = [
    ['endpoints', String(coverage['total endpoints'])],
    ['tested', String(coverage['tested endpoints'])],
    ['conformance tested', String(conformance)],
    ['eligible', eligible === null ? 'unknown' : String(eligible)],
    ...(eligibleTested === null ? [] : [['eligible, conformance tested', String(eligibleTested)]]),
    ...(unknown === 0 ? [] : [['unknown', String(unknown)]]),
    ['tests', String(coverage.tests.length)],
  ];
  return formatMarkdownTable([`release ${coverage.release}`, 'count'], rows, new Set([1])).join('\n');
}

function describeFailed({ specs, requests, totals }: FailedHits): string[] {
  if (specs.length === 0 && requests.length === 0) return [];
  const only = specs.filter((spec) => spec.only.length > 0);
  return [
    '## Not counted',
    `Tested: ${totals.tested}. With requests without success, as published coverage counts: ${totals.testedWithFailedRequests}. With failed tests, as \`snoop load audit\` counts: ${totals.testedWithFailedTests}. With both: ${totals.testedWithAll}.`,
    ...(specs.length === 0
      ? []
      : [
          `${count(specs.length, 'test')} did not pass:`,
          table(
            ['test', 'outcome', 'endpoints', 'only this test'],
            specs.map(({ test, outcome, endpoints, only: own }) => [
              nameTest(test),
              outcome,
              String(endpoints.length),
              own.join(', '),
            ]),
          ),
          `${count(only.length, 'test')} of these hit endpoints that no passed test hits.`,
        ]),
    ...(requests.length === 0
      ? []
      : [
          `${count(requests.length, 'endpoint')} got only requests without success:`,
          table(
            ['endpoint', 'answers'],
            requests.map(({ endpoint, codes }) => [
              endpoint,
              Object.entries(codes)
                .map(([code, times]) => `${code}: ${times}`)
                .join(', '),
            ]),
          ),
        ]),
  ];
}

function describeDifference({ comparedWith, why, difference, tests, sameTests, notRun }: RunDifference): string[] {
  if (comparedWith === null || difference === null) return ['## Difference', why ?? 'Nothing to compare with.'];
  const { lost, gained, newEndpoints, removedEndpoints } = difference;
  const shifts = [
    ...gained.map(({ endpoint, what }) => [endpoint, `gained: ${what}`]),
    ...lost.map(({ endpoint, what }) => [endpoint, `lost: ${what}`]),
  ];
  return [
    '## Difference',
    `Compared with ${escapeMarkdown(`${comparedWith.name} (${comparedWith.origin})`)}: ${count(gained.length, 'endpoint')} gained, ${lost.length} lost; ${newEndpoints.length} are in the API only here, ${removedEndpoints.length} only there. Of ${count(sameTests, 'test')} in both, ${tests.length} hit other endpoints.`,
    ...(notRun.tests === 0
      ? []
      : [
          `${count(notRun.tests, 'test')} of ${escapeMarkdown(comparedWith.name)} did not run here. ${count(notRun.endpoints.length, 'endpoint')} that only ${notRun.tests === 1 ? 'it' : 'they'} hit there ${notRun.endpoints.length === 1 ? 'is' : 'are'} not compared; difference.json names them.`,
        ]),
    ...(comparedWith.incomplete === null ? [] : [escapeMarkdown(`It is incomplete: ${comparedWith.incomplete}`)]),
    ...(shifts.length === 0 ? [] : [table(['endpoint', 'change'], shifts)]),
    ...(tests.length === 0
      ? []
      : [
          table(
            ['test', 'no longer hits', 'newly hits'],
            tests.map(({ test, missing, added }) => [nameTest(test), missing.join(', '), added.join(', ')]),
          ),
        ]),
  ];
}

/** Published coverage has a test with an empty name, and some agents name none. */
function nameTest(test: string): string {
  return test === '' ? '(without a name)' : test;
}

/** For the head: whether requests may be missing that no counter counts. */
function describeSight(hidden: SummaryFacts['hidden'], coverage: PublishedRelease): string[] {
  if (!hidden.isPolicyKnown) {
    return [
      'The audit policy of the cluster is unknown, so requests that it hides may be missing: an endpoint without a hit need not be untested. Name the policy with --audit-policy FILE.',
    ];
  }
  const unknown = coverage['unknown endpoints']?.length ?? 0;
  if (unknown === 0) return [];
  return [`**The audit policy hides ${count(unknown, 'endpoint')}: unknown, neither tested nor untested.**`];
}

function describeHidden({ doubts, hidden, partly }: SummaryFacts['hidden']): string[] {
  if (doubts.length + hidden.length + partly.length === 0) return [];
  return [
    '## What the audit policy hides',
    ...(doubts.length === 0 ? [] : [list(doubts.map(escapeMarkdown))]),
    ...describeReasons('Endpoints whose requests do not show:', hidden),
    ...describeReasons('Endpoints of which some requests do not show:', partly),
  ];
}

function describeReasons(title: string, endpoints: readonly HiddenEndpoint[]): string[] {
  if (endpoints.length === 0) return [];
  return [
    title,
    table(
      ['endpoint', 'why'],
      endpoints.map(({ endpoint, reason }) => [endpoint, reason]),
    ),
  ];
}

function describeAgents({ agents, others }: AgentsDocument): string[] {
  if (agents.length === 0) return [];
  const rows = agents.map(({ agent, endpoints, requests }) => [agent, String(endpoints.length), String(requests)]);
  return [
    '## Other clients',
    table(['agent', 'endpoints', 'requests'], rows),
    ...(others === 0 ? [] : [`${count(others, 'agent')} more ${others === 1 ? 'is' : 'are'} not listed.`]),
  ];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const more = rows.length - limit;
  const lines = formatMarkdownTable(columns, rows.slice(0, limit));
  return [...lines, ...(more > 0 ? ['', `and ${more.toLocaleString('en-US')} more.`] : [])].join('\n');
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}
