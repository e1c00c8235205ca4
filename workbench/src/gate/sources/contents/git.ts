import { ProgramNotFoundError, type ProgramResult, runProgram } from '@snoop/snoopdb';
import { SourceProblem } from './source-problem.ts';

const timeoutMs = 60_000;

/** git must not ask for a password, and of the environment only the configuration of the user counts. */
const kept = /^(?:PATH|HOME|USERPROFILE|SYSTEMROOT|XDG_CONFIG_HOME|TMPDIR|GIT_CONFIG_.*)$/i;
const forced = {
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  // A partial clone fetches what is missing by the URL in its configuration, which may be a command (`ext::`).
  GIT_ALLOW_PROTOCOL: 'none',
};
/** Configuration of a repository that would start programs. */
const safeConfig = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'log.showSignature=false'];

export interface GitOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Runs git in a folder that may be hostile: no prompt, no pager, no network, no hook.
 *
 * @throws SourceProblem without git, or when git does not trust the folder, or after a minute
 */
export async function runGit(
  folder: string,
  args: readonly string[],
  { env, signal }: GitOptions,
): Promise<ProgramResult> {
  const ownEnv = Object.fromEntries(Object.entries(env).filter(([name]) => kept.test(name)));
  const config = safeConfig.flatMap((one) => ['-c', one]);
  let result: ProgramResult;
  try {
    result = await runProgram('git', ['--no-pager', ...config, '-C', folder, ...args], {
      env: { ...ownEnv, ...forced },
      signal,
      timeoutMs,
    });
  } catch (error) {
    if (!(error instanceof ProgramNotFoundError)) throw error;
    throw new SourceProblem('The program git is not on the PATH. Install it, or give files instead of revisions.');
  }
  if (result.exitCode === null) {
    throw new SourceProblem(
      `'git ${args[0]}' in ${folder} took longer than ${timeoutMs / 1000} s or printed more than 64 MiB. Give files instead of revisions.`,
    );
  }
  if (/dubious ownership/.test(result.stderr)) {
    const trust = /git config --global --add safe\.directory .+/.exec(result.stderr)?.[0];
    throw new SourceProblem(
      `Git does not trust ${folder}, because another user owns it. Trust it: ${trust ?? `git config --global --add safe.directory ${folder}`}`,
    );
  }
  return result;
}
