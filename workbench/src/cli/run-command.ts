import { constants } from 'node:os';
import { describeError, SnoopError } from '@snoop/snoopdb/command-line';
import type { Context } from '../context.ts';
import { readEnvironment } from '../environment.ts';
import { escapeLines } from '../output/control-characters.ts';
import { fitText, readWidth } from '../output/wrap.ts';
import { createProgress } from '../progress.ts';

/**
 * Runs a command in this process. Signals abort it; errors are printed on stderr.
 *
 * @returns the command's exit code, or 2 or 3 for an error; 128 + n after a signal
 */
export async function runCommand(
  command: (context: Context) => Promise<number>,
  argv: readonly string[],
  stdout: { readonly failed: boolean },
): Promise<number> {
  const environment = readEnvironment();
  const abort = new AbortController();
  let signalled = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    const number = constants.signals[signal];
    // A second Ctrl-C skips the cleanup.
    if (signalled !== 0) process.exit(128 + number);
    signalled = number;
    abort.abort(new SnoopError('interrupted', `Interrupted (${signal}).`));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const exitCode = await command({
      environment,
      progress: createProgress(process.stderr, process.stderr.isTTY === true && !environment.ci),
      stdout: process.stdout,
      stderr: process.stderr,
      argv,
      cwd: process.cwd(),
      signal: abort.signal,
    });
    if (signalled !== 0) return 128 + signalled;
    return stdout.failed ? 3 : exitCode;
  } catch (error) {
    const exitCode = await printError(error);
    return signalled === 0 ? exitCode : 128 + signalled;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** @returns its exit code */
export async function printError(error: unknown): Promise<number> {
  const { text, exitCode } = await explain(error);
  process.stderr.write(`${fitText(`snoop: ${escapeLines(text)}`, readWidth(process.stderr))}\n`);
  return exitCode;
}

/** Loads the code that explains errors of PostgreSQL and clusters only if needed. */
async function explain(error: unknown): Promise<{ readonly text: string; readonly exitCode: number }> {
  if (error instanceof SnoopError) return { text: describeError(error), exitCode: error.exitCode };
  return (await import('../command-line/explain.ts')).explain(error);
}
