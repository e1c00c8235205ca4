import type { EndpointHit, RequestNote } from '@snoop/snoopdb';
import { describeAnswers } from './answers.ts';
import { conformanceMark, formatTested, unknownMark, untestedMark } from './endpoint-marks.ts';
import { count } from '../output/quantities.ts';
import type { Report } from './report.ts';
import { describeTests } from './test-rows.ts';

export const endpointColumns = ['endpoint', 'level', 'hits', 'answers', 'e2e', 'conformance', ''] as const;

export function formatEndpoint(hit: EndpointHit): string[] {
  return [
    hit.endpoint,
    hit.level ?? '-',
    String(hit.hits),
    describeAnswers(hit.answers),
    formatTested(hit, hit.e2e),
    formatTested(hit, hit.conformance),
    describeMark(hit),
  ];
}

function describeMark(hit: EndpointHit): string {
  const marks: string[] = [];
  if (hit.untestedUntilNow) marks.push(untestedMark);
  else if (hit.newToConformance) marks.push(conformanceMark);
  if (hit.unknown) marks.push(unknownMark);
  if (hit.deprecated) marks.push('deprecated: changes no number');
  else if (!hit.inBaseline) marks.push('not in the baseline: changes no number');
  if (hit.ambiguous !== null) marks.push(`ambiguous: ${hit.ambiguous}`);
  return marks.join('; ');
}

export const noteColumns = ['request', 'answer', 'endpoint', 'test', 'why'] as const;

export function formatNote(note: RequestNote, report: Report): string[] {
  const test = report.tests.find((covered) => covered.test === note.test);
  return [
    `${note.method} ${note.path}`,
    note.code === null ? '-' : String(note.code),
    note.endpoint ?? '-',
    [test?.name ?? `test ${note.test}`, note.step].filter((part) => part !== null).join(' › '),
    note.reason,
  ];
}

/** Lists the sections of notes that are not empty. */
export function listNoteSections(report: Report): { heading: string; notes: readonly RequestNote[] }[] {
  return [
    { heading: 'Requests that are not recorded', notes: report.evidence.missing },
    { heading: 'Events with the id of a request that do not match it', notes: report.evidence.others },
    { heading: 'Requests that got no answer', notes: report.evidence.noAnswer },
    { heading: 'Requests answered before the audit layer', notes: report.evidence.beforeAudit },
    { heading: 'Requests that did not succeed', notes: report.unsuccessful },
    { heading: 'Requests that resolved to no endpoint', notes: report.unresolved },
  ].filter(({ notes }) => notes.length > 0);
}

/** To the second. */
function formatTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Lists the lines at the head of a report. */
export function listHeadLines(report: Report): [string, string][] {
  const { run, baseline, window } = report;
  const date = baseline.releaseDate === null ? '' : ` of ${baseline.releaseDate.slice(0, 10)}`;
  const unknown = baseline.unknown === 0 ? '' : `, ${baseline.unknown} unknown`;
  const seconds =
    run.endedAt === null ? '' : `, ${((run.endedAt.getTime() - run.startedAt.getTime()) / 1000).toFixed(1)} s`;
  const what: [string, string] =
    window === null
      ? [
          'Run',
          `${run.id}: ${run.state}; ${describeTests(report)}${seconds}, as ${run.agent}${run.author === null ? '' : `, by ${run.author}`}`,
        ]
      : [
          'Events',
          `of the agent ${window.agent} from ${formatTime(window.since)} to ${formatTime(window.until)}, by time and agent: not exact`,
        ];
  const place =
    window === null
      ? run.clusterServer === null
        ? ''
        : ` at ${run.clusterServer}`
      : `, ${count(window.sources.length, 'source')}: ${window.sources.join(', ')}`;
  return [
    what,
    ['Cluster', `Kubernetes ${run.clusterVersion ?? 'of unknown version'}${place}`],
    [
      'Baseline',
      `${baseline.release}${date}, ${baseline.tested} of ${baseline.endpoints} endpoints tested${unknown}; from ${baseline.origin}`,
    ],
    ['Evidence', report.evidenceSentence],
  ];
}
