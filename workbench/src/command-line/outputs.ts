import { appendFileSync, existsSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { toError, writeFileAtomically } from '@snoop/snoopdb';
import { didYouMean, findNearest, SnoopError, wrongUse } from '@snoop/snoopdb/command-line';
import type { Context } from '../context.ts';
import { describeFormats } from '../output/format.ts';
import { shouldUseColor } from '../output/paint.ts';
import { readWidth } from '../output/wrap.ts';

/** Where a result goes; `file` is absolute. `F`: the formats that can be written to files. */
export type Output<F extends string> =
  | { readonly format: F | 'text' | 'github'; readonly file: null }
  | { readonly format: F | 'text'; readonly file: string };

/** A result in every format. */
export interface Printable<F extends string> {
  /** With a final line break. `color` and the terminal's `width` apply to text only. */
  print(format: F | 'text', color: boolean, width: number | null): string;
  /** The log of a step of GitHub Actions. */
  printGithub(): string;
  /** The summary of a job of GitHub Actions, at most `maxBytes` long. */
  printJobSummary(maxBytes: number): string;
}

/** GitHub refuses longer summaries of a step. */
const maxSummaryBytes = 1 << 20;

/**
 * Reads the values of --output. One output goes to stdout: the text, unless another one is named.
 *
 * @param given undefined: the flag is omitted
 * @param formats those that can be written to files
 * @throws SnoopError `wrong_use`
 */
export function chooseOutputs<F extends string>(
  given: readonly string[] | undefined,
  formats: readonly F[],
  { environment, cwd }: Pick<Context, 'environment' | 'cwd'>,
): readonly Output<F>[] {
  if (given === undefined) return [{ format: environment.githubStep === null ? 'text' : 'github', file: null }];
  const outputs = given.map((value) => parseOutput(value, formats, cwd));
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

function parseOutput<F extends string>(value: string, formats: readonly F[], cwd: string): Output<F> {
  const [word = '', ...rest] = value.split('=');
  const all = [...formats, 'github'] as const;
  const format = all.find((one) => one === word.toLowerCase());
  if (format === undefined) {
    throw wrongUse(`--output takes ${describeFormats(all)}, not '${word}'.`, didYouMean(findNearest(word, all, 1)));
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
export function findStdoutFormat<F extends string>(outputs: readonly Output<F>[]): F | 'text' | 'github' {
  return outputs.find(({ file }) => file === null)?.format ?? 'text';
}

/**
 * Writes a result to stdout and files, and for GitHub the summary of the job.
 *
 * @throws SnoopError `unwritable` after all others were written
 */
export function writeOutputs<F extends string>(
  { stdout, environment }: Context,
  result: Printable<F>,
  outputs: readonly Output<F>[],
): void {
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
      attempt(file, () => replaceFile(file, result.print(format, false, null)));
    } else if (format === 'github') {
      stdout.write(result.printGithub());
      const summaryFile = environment.githubStep?.summaryFile ?? null;
      if (summaryFile !== null) attempt(summaryFile, () => appendSummary(summaryFile, result));
    } else {
      stdout.write(result.print(format, shouldUseColor(stdout, environment), readWidth(stdout)));
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

function appendSummary(file: string, result: Pick<Printable<never>, 'printJobSummary'>): void {
  const used = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  appendFileSync(file, result.printJobSummary(maxSummaryBytes - used));
}

/**
 * The path of a file from the root of the repository, for annotations; null: the file is not in it.
 *
 * @param root outside of GitHub Actions; default: the current folder
 */
export function locateInRepository(
  name: string,
  { cwd, environment }: Pick<Context, 'cwd' | 'environment'>,
  root = cwd,
): string | null {
  const file = resolve(cwd, name);
  const path = relative(environment.githubStep?.workspace ?? root, file);
  return existsSync(file) && !path.startsWith('..') && !isAbsolute(path) ? path : null;
}
