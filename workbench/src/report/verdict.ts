import type { EndpointHit } from '@snoop/snoopdb';
import { listChangeRows } from './change-rows.ts';
import { conformanceMark, untestedMark } from './endpoint-marks.ts';
import type { Report } from './report.ts';
import { count } from '../output/quantities.ts';
import { describeMissing } from './report.ts';
import { countOrigins, describeOrigin } from './hit-origins.ts';
import { describePlace } from './test-rows.ts';

const maxNames = 3;
/** The full error is above; the verdict must fit into a small pane. */
const maxErrorCharacters = 120;

/** The verdict at the end of a text: missing evidence, new endpoints, the change, the first error. */
export function describeVerdict(report: Report): [name: string, value: string][] {
  const lines: [string, string][] = [];
  if (!report.complete) lines.push(['Evidence', describeMissing(report)]);
  lines.push(['Newly hit', describeNew(report.endpoints)], ['Change', describeChange(report)]);
  const error = findFirstError(report);
  return error === null ? lines : [...lines, ['First error', error]];
}

/** Untested until now, or in no conformance test until now. */
export function isNewlyHit({ untestedUntilNow, newToConformance }: EndpointHit): boolean {
  return untestedUntilNow || newToConformance;
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
  const names = hits.slice(0, maxNames).map((hit) => hit.endpoint);
  if (hits.length > maxNames) names.push(`and ${hits.length - maxNames} more`);
  const origin = describeOrigin(countOrigins(hits));
  return `${count(hits.length, 'endpoint')} ${what}${origin === '' ? '' : `, ${origin}`}: ${names.join(', ')}`;
}

function describeChange(report: Report): string {
  const rows = listChangeRows(report).filter((row) => row.difference !== 0);
  if (rows.length > 0) return rows.map(({ name, change }) => `${name} ${change}`).join('; ');
  return report.evidence.sent === 0 ? 'none: no request was sent' : 'none';
}

/** One line: the place and the beginning of the message. */
function findFirstError({ errors, tests }: Report): string | null {
  const [outside] = errors;
  if (outside) return `${describePlace(outside)}: ${shorten(outside.message)}`;
  const failed = tests.find((test) => test.state === 'failed');
  return failed ? `${failed.name}: ${shorten(failed.error ?? 'unknown error')}` : null;
}

/** A line that ends with a colon needs the next one. */
function shorten(message: string): string {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  const end = lines.findIndex((line) => !line.trimEnd().endsWith(':'));
  const text = lines
    .slice(0, end < 0 ? 1 : end + 1)
    .map((line) => line.trim())
    .join(' ');
  return text.length <= maxErrorCharacters ? text : `${text.slice(0, maxErrorCharacters).replace(/\s\S*$/, '')} …`;
}
