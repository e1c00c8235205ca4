import { appendFileSync, existsSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { toError, writeFileAtomically } from '@snoop/snoopdb';
import { didYouMean, findNearest, SnoopError, wrongUse } from '@snoop/snoopdb/command-line';
import type { Context } from '../context.ts';
import { shouldUseColor } from '../output/paint.ts';
import { readWidth } from '../output/wrap.ts';
import { printGithub, printJobSummary } from '../report/github.ts';
import { outputFormats, type OutputFormat, type ReportFormat } from '../report/formats.ts';
import { printReport } from '../report/print.ts';
import type { Report } from '../report/report.ts';

/** Where a report goes; `file` is absolute. */
export type ReportOutput =
  | { readonly format: OutputFormat; readonly file: null }
  | { readonly format: ReportFormat; readonly file: string };

/** GitHub refuses longer summaries of a step. */
const maxSummaryBytes = 1 << 20;

/**
 * Reads the values of --output. One output goes to stdout: the text, unless another one is named.
 *
 * @param given undefined: the flag is omitted
 * @throws SnoopError `wrong_use`
 */
export function chooseOutputs(
  given: readonly string[] | undefined,
  { environment, cwd }: Pick<Context, 'environment' | 'cwd'>,
): readonly ReportOutput[] {
  if (given === undefined) return [{ format: environment.githubStep === null ? 'text' : 'github', file: null }];
  const outputs = given.map((value) => parseOutput(value, cwd));
  const onStdout = outputs.filter(({ file }) => file === null).map(({ format }) => format);
  if (onStdout.length > 1) {
    const [first, second] = onStdout;
    const where = first === 'github' ? second : first;
    throw wrongUse(
      `--output ${onStdout.join(' and --output ')} all go to stdout.`,
      `Give all but one a file: --output ${where}=FILE`,
    );
  }
  const files = outputs.flatMap(({ file }) => file ?? []);
  const twice = files.find((file, index) => files.indexOf(file) < index);
  if (twice !== undefined) throw wrongUse(`Two values of --output name the file ${twice}.`);
  return onStdout.length === 1 ? outputs : [...outputs, { format: 'text', file: null }];
}

function parseOutput(value: string, cwd: string): ReportOutput {
  const [word = '', ...rest] = value.split('=');
  const format = outputFormats.find((one) => one === word.toLowerCase());
  if (format === undefined) {
    const list = `${outputFormats.slice(0, -1).join(', ')} or ${outputFormats.at(-1)}`;
    throw wrongUse(`--output takes ${list}, not '${word}'.`, didYouMean(findNearest(word, outputFormats, 1)));
  }
  if (rest.length === 0) return { format, file: null };
  if (format === 'github') {
    throw wrongUse(
      '--output github takes no file.',
      'GitHub reads annotations from stdout; GITHUB_STEP_SUMMARY names the file of the summary.',
    );
  }
  const name = rest.join('=');
  if (name === '') throw wrongUse(`--output ${value} names no file.`, `For example: --output ${format}=report.txt`);
  const file = resolve(cwd, name);
  if (!existsSync(dirname(file))) throw wrongUse(`The folder of --output ${value} does not exist: ${dirname(file)}`);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw wrongUse(`--output ${value} names a folder.`);
  return { format, file };
}

/** The format on stdout. */
export function findStdoutFormat(outputs: readonly ReportOutput[]): OutputFormat {
  return outputs.find(({ file }) => file === null)?.format ?? 'text';
}

/**
 * Writes a report to stdout and files, and for GitHub the summary of the job.
 *
 * @throws SnoopError `unwritable` after all others were written
 */
export function writeReport(context: Context, report: Report, outputs: readonly ReportOutput[]): void {
  const { stdout, environment } = context;
  const errors: SnoopError[] = [];
  const attempt = (file: string, write: () => void): void => {
    try {
      write();
    } catch (cause) {
      errors.push(new SnoopError('unwritable', `${file} cannot be written: ${toError(cause).message}`, { cause }));
    }
  };
  for (const { format, file } of outputs) {
    if (file !== null) {
      attempt(file, () => replaceFile(file, printReport(report, format, false)));
    } else if (format === 'github') {
      stdout.write(printGithub(report, (name) => locate(name, context)));
      const summaryFile = environment.githubStep?.summaryFile ?? null;
      if (summaryFile !== null) attempt(summaryFile, () => appendSummary(summaryFile, report));
    } else {
      stdout.write(printReport(report, format, shouldUseColor(stdout, environment), readWidth(stdout)));
    }
  }
  const [error] = errors;
  if (error) throw error;
}

/** Follows links. Other files than regular ones, such as /dev/stderr, are written to, not replaced. */
function replaceFile(file: string, text: string): void {
  const existing = statSync(file, { throwIfNoEntry: false });
  if (existing === undefined || existing.isFile()) {
    writeFileAtomically(existing === undefined ? file : realpathSync(file), text, 0o644);
  } else {
    writeFileSync(file, text);
  }
}

function appendSummary(file: string, report: Report): void {
  const used = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  appendFileSync(file, printJobSummary(report, maxSummaryBytes - used));
}

/** The path from the root of the repository, for annotations; null: the file is not in it. */
function locate(name: string, { cwd, environment }: Context): string | null {
  const file = resolve(cwd, name);
  const path = relative(environment.githubStep?.workspace ?? cwd, file);
  return existsSync(file) && !path.startsWith('..') && !isAbsolute(path) ? path : null;
}
