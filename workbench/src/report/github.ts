import { type Annotation, formatGithubLog } from '../output/github-log.ts';
import { conformanceMark, untestedMark } from './endpoint-marks.ts';
import { printMarkdown } from './markdown.ts';
import type { Report } from './report.ts';
import { listRunFailures } from './run-failures.ts';
import { printText } from './text.ts';
import { isNewlyHit } from './verdict.ts';

/**
 * Prints a report for the log of a GitHub Actions step: its text, then annotations.
 *
 * @param locate finds the path of a test file from the root of the repository; null: it is not there
 */
export function printGithub(report: Report, locate: (file: string) => string | null): string {
  const place = ({ file = null, ...annotation }: Annotation): Annotation => ({
    ...annotation,
    file: file === null ? null : locate(file),
  });
  return formatGithubLog(printText(report, false), {
    error: listFailures(report).map(place),
    notice: listNewlyHit(report).map(place),
  });
}

function listFailures(report: Report): Annotation[] {
  const failed = report.tests.filter(({ state }) => state === 'failed' || state === 'running');
  return [
    ...report.checks.flatMap(({ check, failure }) => (failure === null ? [] : [{ title: check, message: failure }])),
    ...listRunFailures(report),
    ...report.errors.map(({ file, line, message }) => ({ title: 'Error outside of tests', file, line, message })),
    ...failed.map(({ name: title, file, state, error }) => ({
      ...{ title, file },
      message: error ?? (state === 'running' ? 'The test did not end.' : 'unknown error'),
    })),
  ];
}

function listNewlyHit({ endpoints, tests }: Report): Annotation[] {
  return endpoints.filter(isNewlyHit).map(({ endpoint, untestedUntilNow }) => {
    const test = tests.find((one) => one.endpoints.some((hit) => hit.endpoint === endpoint && hit.hits > 0));
    const message = `${endpoint}: ${untestedUntilNow ? untestedMark : conformanceMark}`;
    return { title: 'Newly hit', file: test?.file ?? null, message };
  });
}

/**
 * Prints the summary of a job, in Markdown.
 *
 * @param maxBytes a longer report is replaced by a sentence
 */
export function printJobSummary(report: Report, maxBytes: number): string {
  const whole = printMarkdown(report);
  if (Buffer.byteLength(whole) <= maxBytes) return whole;
  const again = report.window === null ? `: \`snoop report ${report.run.id} --output markdown\`` : '';
  const notice = `The coverage report is too long for a job summary${again}\n`;
  return Buffer.byteLength(notice) <= maxBytes ? notice : '';
}
