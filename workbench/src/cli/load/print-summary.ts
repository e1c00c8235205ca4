import type { LoadStep, LoadSummary } from '../../load/summary.ts';
import { describeShapes } from '../../output/shapes.ts';
import { escapeControlCharacters, formatJson } from '../../output/control-characters.ts';
import { fitText, readWidth } from '../../output/wrap.ts';

const count = new Intl.NumberFormat('en');

/** Prints each load with its notes, and the total of several. */
export function printSummary(
  stream: NodeJS.WritableStream,
  { loads, isRemoved }: LoadSummary,
  format: 'text' | 'json',
): void {
  const total = addUp(loads);
  if (format === 'json') {
    stream.write(formatJson({ loads, total }));
    return;
  }
  const lines = loads.flatMap(describeStep);
  if (loads.length > 1) lines.push(`${loads.length} in all: ${describeNumbers(total)}`);
  if (total.rejected > 0 && !isRemoved) {
    lines.push('The rejected events: select reason, line, raw from public.rejected_event order by id');
  }
  stream.write(fitText(`${lines.join('\n')}\n`, readWidth(stream)));
}

type Numbers = Pick<LoadStep, 'read' | 'stored' | 'resolved' | 'rejected' | 'skipped'>;

function addUp(loads: readonly LoadStep[]): Numbers {
  const sum = (pick: (load: LoadStep) => number): number => loads.reduce((total, load) => total + pick(load), 0);
  return {
    read: sum((load) => load.read),
    stored: sum((load) => load.stored),
    resolved: loads.every((load) => load.resolved === null) ? null : sum((load) => load.resolved ?? 0),
    rejected: sum((load) => load.rejected),
    skipped: sum((load) => load.skipped),
  };
}

function describeStep(load: LoadStep): string[] {
  const release = load.release === null ? '' : ` (${load.release})`;
  const notes = load.notes.map((note) => `  ${escapeControlCharacters(note.what)}: ${count.format(note.count)}`);
  return [
    `${load.what} ${escapeControlCharacters(load.name)}${release}: ${describeNumbers(load)}`,
    ...(load.before === undefined
      ? []
      : [
          `  loaded before as ${escapeControlCharacters(load.before)}, source ${escapeControlCharacters(load.source ?? '')}`,
        ]),
    ...(load.shapes === undefined || load.shapes.length === 0 ? [] : [`  ${describeShapes(load.shapes)}`]),
    ...notes,
    ...(load.incomplete === null ? [] : [`  incomplete: ${escapeControlCharacters(load.incomplete)}`]),
  ];
}

function describeNumbers({ read, stored, resolved, rejected, skipped }: Numbers): string {
  const parts: [number | null, string][] = [
    [read, 'read'],
    [stored, 'stored'],
    [resolved, 'resolved'],
    [rejected, 'rejected'],
    [skipped, 'skipped'],
  ];
  return parts.flatMap(([number, what]) => (number === null ? [] : `${count.format(number)} ${what}`)).join(', ');
}
