import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { runProgram } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import { findAbove } from '../find-project.ts';
import { isOwnFile } from '../vitest-run/imported-files.ts';

export interface TypeCheckOptions {
  /** Absolute paths. */
  readonly files: readonly string[];
  /** Paths are printed relative to it. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

export interface TypeCheck {
  /** The compiler's; empty: the types are correct. */
  readonly messages: string;
  /** The checked files that belong to the user: tests and what they import. */
  readonly files: readonly string[];
}

const configName = 'tsconfig.json';

/**
 * Checks the types of test files with the project's own TypeScript. The nearest tsconfig.json of each file decides what
 * is checked and how.
 *
 * @throws SnoopError `no_typescript`, `no_tsconfig`; `not_type_checked` for a file that its tsconfig.json leaves out;
 *   the signal's reason
 */
export async function checkTypes({ files, cwd, environment, signal }: TypeCheckOptions): Promise<TypeCheck> {
  const messages: string[] = [];
  const checked = new Set(files);
  for (const [folder, tests] of groupByConfig(files)) {
    const args = [findCompiler(folder), '--noEmit', '--listFiles', '--pretty', 'false', '-p', join(folder, configName)];
    const { exitCode, output } = await runProgram(process.execPath, args, { cwd, env: environment, signal });
    const { listed, printed } = splitOutput(output);
    for (const file of listed) if (isOwnFile(file)) checked.add(file);
    if (exitCode !== 0) messages.push(printed || `tsc ended with ${exitCode ?? 'a signal'}.\n`);
    else checkListed(tests, listed, folder, cwd);
  }
  return { messages: messages.join(''), files: [...checked] };
}

function groupByConfig(files: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const folder = findAbove(dirname(file), [configName]);
    if (folder === null) {
      throw new SnoopError('no_tsconfig', `There is no ${configName} in ${dirname(file)} or above it.`, {
        advice: ["'snoop init' writes one."],
      });
    }
    groups.set(folder, [...(groups.get(folder) ?? []), file]);
  }
  return groups;
}

/** The program `tsc` of the project in `folder`. */
function findCompiler(folder: string): string {
  try {
    const manifestFile = createRequire(join(folder, configName)).resolve('typescript/package.json');
    const manifest: { bin?: { tsc?: string } } = JSON.parse(readFileSync(manifestFile, 'utf8'));
    return join(dirname(manifestFile), manifest.bin?.tsc ?? 'bin/tsc');
  } catch (cause) {
    throw new SnoopError('no_typescript', `--typecheck needs TypeScript, which is not installed in ${folder}.`, {
      advice: ['Install it: npm install --save-dev typescript'],
      cause,
    });
  }
}

/** Separates the files that `--listFiles` prints from the messages. */
function splitOutput(output: string): { listed: Set<string>; printed: string } {
  const lines = output.split('\n');
  const isFile = (line: string): boolean => isAbsolute(line) && /\.(?:[cm]?[jt]sx?|json)$/.test(line);
  return { listed: new Set(lines.filter(isFile)), printed: lines.filter((line) => !isFile(line)).join('\n') };
}

/** JavaScript needs no check. */
function checkListed(tests: readonly string[], listed: ReadonlySet<string>, folder: string, cwd: string): void {
  const missing = tests.find((file) => /\.[cm]?tsx?$/.test(file) && !listed.has(file));
  if (missing === undefined) return;
  throw new SnoopError('not_type_checked', `${join(folder, configName)} leaves out ${relative(cwd, missing)}.`, {
    advice: ['Add it to "include" there.'],
  });
}
