import { type Annotation, formatGithubLog } from '../../output/github-log.ts';
import type { GateAnswer } from '../answer.ts';
import { capitalize, describeGap, describeStale } from './describe.ts';
import { printMarkdown } from './markdown.ts';
import type { Places } from './places.ts';
import { printText } from './text.ts';

/** A UTF-16 code unit takes at most this many bytes of UTF-8. */
const maxUnitBytes = 3;
/** Less than this holds no answer. */
const minSummary = 4000;
/** A summary is as long as a comment at most, so that it can be read. */
const maxSummary = 65_535;

/** Prints an answer for the log of a GitHub Actions step: its text, then annotations. */
export function printGithub(answer: GateAnswer, places: Places): string {
  const stale = annotateStale(answer, places);
  return formatGithubLog(printText(answer, false), {
    error: [
      ...answer.doubts.map((message) => ({ title: 'Cannot tell', message })),
      ...annotateGaps(answer, places),
      ...(answer.staleFails ? stale : []),
    ],
    warning: answer.staleFails ? [] : stale,
    notice: [
      ...answer.due.map((gap) => ({ title: gap.endpoint, message: `Due by ${gap.due}. ${describeGap(gap)}` })),
      ...answer.pending.map((gap) => ({ title: gap.endpoint, message: `Pending. ${describeGap(gap)}` })),
    ],
  });
}

function annotateGaps({ gaps, debt, sources }: GateAnswer, { locate, findLine }: Places): Annotation[] {
  const document = sources.find(({ role }) => role === 'document');
  const file = document === undefined ? null : locate(document.name);
  return [...gaps, ...(debt ?? [])].map((gap) => ({
    title: `${capitalize(gap.state)}: ${gap.endpoint}`,
    ...{ file, line: findLine(gap.path) ?? 1 },
    message: describeGap(gap),
  }));
}

function annotateStale({ stale, sources }: GateAnswer, { locate }: Places): Annotation[] {
  return stale.map((entry) => {
    const list = sources.find(({ role }) => role === entry.list);
    const file = list === undefined ? null : locate(list.name);
    return { title: `Stale entry: ${entry.endpoint}`, file, line: entry.line ?? 1, message: describeStale(entry) };
  });
}

/**
 * Prints the summary of a job, in Markdown.
 *
 * @param maxBytes a longer answer is cut
 */
export function printJobSummary(answer: GateAnswer, maxBytes: number): string {
  const room = Math.min(maxSummary, Math.floor(maxBytes / maxUnitBytes));
  return room < minSummary ? '' : printMarkdown(answer, room);
}
