import stringWidth from 'string-width';
import { escapeControlCharacters, formatJsonLine } from '../output/control-characters.ts';
import type { Paint } from '../output/paint.ts';
import { untestedMark } from '../report/endpoint-marks.ts';
import type { TailedEvent } from './tailed-event.ts';

export interface LineOptions {
  /** Columns of the terminal; null: lines are not cut. */
  readonly width: number | null;
  readonly showsSource: boolean;
  readonly paint: Paint;
}

const codeWidth = 3;
const verbWidth = 6;
const targetWidth = 44;
/** On narrower terminals, the least important text is last and is cut. */
const narrowWidth = 120;
const narrowMark = 'untested';

/** Formats an event as a line, without the line break. */
export function formatEvent(event: TailedEvent, { width, showsSource, paint }: LineOptions): string {
  const { verb, stage } = event;
  const time = readEventTime(event);
  const code = (event.code === null ? '-' : String(event.code)).padEnd(codeWidth);
  const target = event.endpoint ?? `${event.path ?? '-'} (${event.reason ?? 'no endpoint'})`;
  const begin =
    width !== null && width < narrowWidth
      ? [
          time.slice(11, 19),
          code,
          (event.untestedUntilNow ? narrowMark : '').padEnd(narrowMark.length),
          // An endpoint's name begins with its verb.
          event.endpoint === null ? `${verb || '-'} ${target}` : target,
        ]
      : [
          time.slice(11, 23),
          code,
          (verb || '-').padEnd(verbWidth),
          target.padEnd(targetWidth),
          ...(event.untestedUntilNow ? [`${untestedMark}:`] : []),
        ];
  const cells = [
    ...begin,
    event.test ?? event.agent ?? '-',
    ...(event.ambiguous === null ? [] : [`(${event.ambiguous})`]),
    ...(event.isDryRun ? ['(dry run)'] : []),
    ...(stage === 'ResponseComplete' || stage === null ? [] : [`(${stage})`]),
    ...(showsSource ? [`@${event.source}`] : []),
  ];
  const line = escapeControlCharacters(cells.join(' '));
  const cut = width === null ? line : cutToWidth(line, width);
  return event.untestedUntilNow ? paint('green', cut) : cut;
}

/** Formats an event as a JSON object on one line, without the line break. */
export function formatEventJson(event: TailedEvent): string {
  return formatJsonLine({
    id: event.id,
    time: readEventTime(event),
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

/** The time of the stage, ISO 8601 in UTC; if the sender's is invalid, the time of storing. */
export function readEventTime({ stagedAt, storedAt }: TailedEvent): string {
  const time = new Date(stagedAt ?? storedAt);
  return (Number.isNaN(time.getTime()) ? new Date(storedAt) : time).toISOString();
}

/** Cuts a text to a width, with an ellipsis. */
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
