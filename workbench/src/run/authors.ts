import { readProgramOutput } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { wrongUse } from '../errors.ts';

export interface AuthorChoice {
  /** `--author`, repeatable. */
  readonly named: readonly string[] | undefined;
  readonly environment: Environment;
  /** The work folder; its git configuration may name the author. */
  readonly cwd: string;
}

const gitMs = 2000;

/**
 * Chooses the author that a run's reports name: the given names, else `SNOOP_AUTHOR`, else `git config user.name` in
 * the work folder, else the login name. Several names are joined, `Ada, Grace`: SnoopDB has one column for them.
 *
 * @throws SnoopError `wrong_use` for an empty name
 */
export async function chooseAuthor({ named, environment, cwd }: AuthorChoice): Promise<string | null> {
  if (named !== undefined && named.length > 0) return joinAuthors(named);
  return environment.author ?? (await readGitName(environment, cwd)) ?? environment.loginName;
}

function joinAuthors(named: readonly string[]): string {
  const names = named.map((name) => name.trim());
  if (names.includes('')) {
    throw wrongUse('--author is empty.', 'For example: --author Ada --author Grace');
  }
  return [...new Set(names)].join(', ');
}

/** null: git is not installed, or has no name configured. */
async function readGitName({ forPrograms }: Environment, cwd: string): Promise<string | null> {
  try {
    const name = await readProgramOutput('git', ['config', 'user.name'], { cwd, env: forPrograms, timeoutMs: gitMs });
    return name.trim() || null;
  } catch {
    return null;
  }
}
