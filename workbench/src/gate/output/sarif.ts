import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { escapeControlCharacters, formatJson } from '../../output/control-characters.ts';
import { version } from '../../version.ts';
import type { Gap, GateAnswer, StaleEntry } from '../answer.ts';
import type { SourceFacts, SourceRole } from '../facts.ts';
import { describeGap, describeStale } from './describe.ts';
import type { Places } from './places.ts';

const url = /^https?:\/\/[\w.~:/?#@!$&'()*+,;=%-]+$/;

/** All kinds of results, whether they occur or not. */
const rules = {
  missing: 'A new endpoint has no test: a whole run of this commit does not hit it.',
  'not-yet-proven': 'No run of this commit shows whether a new endpoint has a test.',
  debt: 'An older endpoint has no test.',
  'pending-expired': 'A pending endpoint is on the list for longer than allowed.',
  'stale-entry': 'An entry of a list should be removed.',
  'cannot-tell': 'A source is missing or broken, so nothing was judged.',
} as const;
type Rule = keyof typeof rules;

interface Finding {
  readonly rule: Rule;
  readonly level: 'error' | 'warning';
  readonly text: string;
  readonly source: SourceFacts | undefined;
  readonly line: number | null;
  /** What stays the same from run to run. */
  readonly identity: readonly string[];
  readonly properties: object;
}

/**
 * Prints an answer as SARIF 2.1.0, as GitHub's code scanning reads it. Results are what fails, and stale entries; the
 * rest of the answer is in the properties of the run.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function printSarif(answer: GateAnswer, places: Places): string {
  const { sources, doubts, verdict, exitCode, gaps, debt, stale, ...rest } = answer;
  const run = {
    tool: {
      driver: {
        name: 'snoop gate',
        version,
        rules: Object.entries(rules).map(([id, text]) => ({ id, shortDescription: { text } })),
      },
    },
    invocations: [
      {
        executionSuccessful: verdict !== 'cannot tell',
        exitCode,
        toolExecutionNotifications: doubts.map((text) => ({ level: 'error', message: { text } })),
      },
    ],
    columnKind: 'utf16CodeUnits',
    artifacts: sources.map((source) => createArtifact(source, places)),
    results: listFindings(answer, places).map((finding) => createResult(finding, places)),
    properties: { verdict, ...rest },
  };
  return formatJson({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] });
}

/** Doubts first. */
function listFindings(answer: GateAnswer, { findLine }: Places): Finding[] {
  const { sources, doubts, gaps, debt, stale, staleFails } = answer;
  const findSource = (role: SourceRole): SourceFacts | undefined => sources.find((source) => source.role === role);
  const describe = (gap: Gap, rule: Rule): Finding => ({
    ...{ rule, level: 'error', text: `${gap.endpoint}: ${describeGap(gap)}`, source: findSource('document') },
    ...{ line: findLine(gap.path), identity: [gap.method, gap.path], properties: gap },
  });
  return [
    ...doubts.map((text): Finding => {
      const source = sources.find(({ problems }) => problems.some((problem) => text.includes(problem)));
      const shown = source ?? findSource('document');
      return { rule: 'cannot-tell', level: 'error', text, source: shown, line: null, identity: [text], properties: {} };
    }),
    ...gaps.map((gap) => describe(gap, chooseRule(gap))),
    ...(debt ?? []).map((gap) => describe(gap, 'debt')),
    ...stale.map(
      (entry: StaleEntry): Finding => ({
        ...{ rule: 'stale-entry', level: staleFails ? 'error' : 'warning', text: describeStale(entry) },
        ...{
          source: findSource(entry.list),
          line: entry.line,
          identity: [entry.list, entry.endpoint],
          properties: entry,
        },
      }),
    ),
  ];
}

function chooseRule({ because, state }: Gap): Rule {
  if (because?.startsWith('pending') === true) return 'pending-expired';
  return state === 'missing' ? 'missing' : 'not-yet-proven';
}

function createResult(finding: Finding, places: Places): object {
  const { rule, level, text, source, line, identity, properties } = finding;
  const location = source === undefined ? null : createLocation(source, places);
  // GitHub tells results apart by this name alone, and numbers equal ones after the colon.
  const fingerprint = `${createHash('sha256')
    .update([rule, ...identity].join('\n'))
    .digest('hex')
    .slice(0, 16)}:1`;
  return {
    ruleId: rule,
    ruleIndex: Object.keys(rules).indexOf(rule),
    level,
    // Text in brackets before text in parentheses would be a link.
    message: { text: text.replaceAll('](', '] (') },
    locations:
      location === null ? [] : [{ physicalLocation: { artifactLocation: location, region: { startLine: line ?? 1 } } }],
    partialFingerprints: { primaryLocationLineHash: fingerprint },
    properties,
  };
}

function createArtifact(source: SourceFacts, places: Places): object {
  const { role, digest, bytes, ...facts } = source;
  const location = createLocation(source, places);
  return {
    ...(location !== null && { location }),
    description: { text: role },
    ...(bytes !== null && { length: bytes }),
    ...(digest !== null && { hashes: { 'sha-256': digest } }),
    properties: { role, ...facts },
  };
}

/** null: neither a file nor a URL, such as stdin and SnoopDB. */
function createLocation({ name }: SourceFacts, { locate }: Places): { uri: string; uriBaseId?: string } | null {
  const path = locate(name);
  if (path !== null) return { uri: encodePath(path), uriBaseId: '%SRCROOT%' };
  if (url.test(name)) return { uri: name };
  return isAbsolute(name) ? { uri: `file://${encodePath(name)}` } : null;
}

/** encodeURIComponent refuses half a surrogate pair. */
function encodePath(path: string): string {
  return path
    .split('/')
    .map((part) => encodeURIComponent(escapeControlCharacters(part)))
    .join('/');
}
