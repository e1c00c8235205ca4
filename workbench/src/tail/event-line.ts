import stringWidth from 'string-width';
import { disarm, writeJsonLine } from '../output/disarm.ts';
import type { Paint } from '../output/paint.ts';
import { untestedMark } from '../report/endpoint-marks.ts';
import type { TailedEvent } from './tailed-event.ts';

export interface LineOptions {
  /** Columns of the terminal; null: lines are as long as they are. */
  readonly width: number | null;
  readonly showsSource: boolean;
  readonly paint: Paint;
}

const codeWidth = 3;
const verbWidth = 6;
const targetWidth = 44;

/** One event as one line, without the line break. */
export function formatEvent(event: TailedEvent, { width, showsSource, paint }: LineOptions): string {
  const { endpoint, path, reason, verb, stage } = event;
  const cells = [
    readTime(event).slice(11, 23),
    event.code === null ? '-'.padEnd(codeWidth) : String(event.code).padEnd(codeWidth),
    (verb || '-').padEnd(verbWidth),
    (endpoint ?? `${path ?? '-'} (${reason ?? 'no endpoint'})`).padEnd(targetWidth),
    ...(event.untestedUntilNow ? [`${untestedMark}:`] : []),
    event.test ?? event.agent ?? '-',
    ...(event.ambiguous === null ? [] : [`(${event.ambiguous})`]),
    ...(event.isDryRun ? ['(dry run)'] : []),
    ...(stage === 'ResponseComplete' || stage === null ? [] : [`(${stage})`]),
    ...(showsSource ? [`@${event.source}`] : []),
  ];
  const line = disarm(cells.join(' '));
  const cut = width === null ? line : cutToWidth(line, width);
  return event.untestedUntilNow ? paint('green', cut) : cut;
}

/** One event as a JSON object on one line, without the line break. */
export function formatEventJson(event: TailedEvent): string {
  return writeJsonLine({
    id: event.id,
    time: readTime(event),
    storedAt: event.storedAt,
    auditId: event.auditId,
    stage: event.stage,
    verb: event.verb,
    path: event.path,
    endpoint: event.endpoint,
    reason: event.reason,
    ambiguous: event.ambiguous,
    code: event.code,
    agent: event.agent,
    test: event.test,
    user: event.user,
    source: event.source,
    isHit: event.isHit,
    isDryRun: event.isDryRun,
    untestedUntilNow: event.untestedUntilNow,
  });
}

/** When the stage was reached, ISO 8601 in UTC; senders write what they like, and then it is when it was stored. */
function readTime({ stagedAt, storedAt }: TailedEvent): string {
  const time = new Date(stagedAt ?? storedAt);
  return (Number.isNaN(time.getTime()) ? new Date(storedAt) : time).toISOString();
}

/** As much of a text as fits; an ellipsis stands for the rest. */
function cutToWidth(text: string, width: number): string {
  const isPlain = /^[\x20-\x7e]*$/.test(text);
  if ((isPlain ? text.length : stringWidth(text)) <= width) return text;
  if (isPlain) return `${text.slice(0, Math.max(0, width - 1))}…`;
  let used = 1;
  let cut = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += stringWidth(segment);
    if (used > width) break;
    cut += segment;
  }
  return `${cut}…`;
}
