import type { EndpointHit } from '@snoop/snoopdb';
import { changeRows } from './change-rows.ts';
import { conformanceMark, untestedMark } from './endpoint-marks.ts';
import type { Report } from './report.ts';
import { count } from './report.ts';
import { countOrigins, describeOrigin } from './standing-words.ts';
import { describePlace } from './test-rows.ts';

/** So many new endpoints are named. */
const named = 3;
/** Of an error that stands above as a whole: what is last has to fit into a small pane. */
const mostErrorCharacters = 120;

/**
 * What a person must not miss, for the end of a text, below how the tests went: what is missing, what is new, what
 * changes, the first error.
 */
export function describeVerdict(report: Report): [name: string, value: string][] {
  const { evidence } = report;
  const lines: [string, string][] = [];
  if (!report.complete) {
    lines.push(['Evidence', `${evidence.missing.length} of ${count(evidence.sent, 'request')} not recorded`]);
  }
  lines.push(['Newly hit', describeNew(report.endpoints)], ['Change', describeChange(report)]);
  const error = findFirstError(report);
  return error === null ? lines : [...lines, ['First error', error]];
}

function describeNew(endpoints: readonly EndpointHit[]): string {
  const untested = endpoints.filter((hit) => hit.untestedUntilNow);
  const conformance = endpoints.filter((hit) => hit.newToConformance && !hit.untestedUntilNow);
  const parts: string[] = [];
  if (untested.length > 0) parts.push(describeList(untested, untestedMark));
  if (conformance.length > 0) parts.push(describeList(conformance, conformanceMark));
  return parts.join('; ') || 'nothing';
}

function describeList(hits: readonly EndpointHit[], what: string): string {
  const names = hits.slice(0, named).map((hit) => hit.endpoint);
  if (hits.length > named) names.push(`and ${hits.length - named} more`);
  const origin = describeOrigin(countOrigins(hits));
  return `${count(hits.length, 'endpoint')} ${what}${origin === '' ? '' : `, ${origin}`}: ${names.join(', ')}`;
}

function describeChange(report: Report): string {
  const rows = changeRows(report).filter((row) => row.difference !== 0);
  if (rows.length > 0) return rows.map(({ name, change }) => `${name} ${change}`).join('; ');
  return report.evidence.sent === 0 ? 'none: no request was sent' : 'none';
}

/** In one line: where, and the beginning of what it says. */
function findFirstError({ errors, tests }: Report): string | null {
  const [outside] = errors;
  if (outside) return `${describePlace(outside)}: ${beginning(outside.message)}`;
  const failed = tests.find((test) => test.state === 'failed');
  return failed ? `${failed.name}: ${beginning(failed.error ?? 'no reason is known')}` : null;
}

/** A line that ends with a colon says nothing without the next one. */
function beginning(message: string): string {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  const end = lines.findIndex((line) => !line.trimEnd().endsWith(':'));
  const text = lines
    .slice(0, end < 0 ? 1 : end + 1)
    .map((line) => line.trim())
    .join(' ');
  return text.length <= mostErrorCharacters ? text : `${text.slice(0, mostErrorCharacters).replace(/\s\S*$/, '')} …`;
}
