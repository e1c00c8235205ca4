import { readProgramOutput } from '@snoop/snoopdb';
import type { Environment } from '../environment.ts';
import { wrongUse } from '../errors.ts';

export interface AuthorChoice {
  /** `--author`, once for each. */
  readonly named: readonly string[] | undefined;
  readonly environment: Environment;
  /** The work folder, whose git may know who works there. */
  readonly cwd: string;
}

const gitMs = 2000;

/**
 * Who writes the tests of a run, as it stands in its reports: those named; else `SNOOP_AUTHOR`; else what
 * `git config user.name` says in the work folder; else the login name. Several are one text, `Ada, Grace`: a run is one
 * piece of work, its row in SnoopDB has one column for them, and nobody asks it who they are one by one.
 *
 * @throws SnoopError `wrong_use` for an empty name
 */
export async function chooseAuthor({ named, environment, cwd }: AuthorChoice): Promise<string | null> {
  if (named !== undefined && named.length > 0) return joinAuthors(named);
  return environment.author ?? (await askGit(environment, cwd)) ?? environment.loginName;
}

function joinAuthors(named: readonly string[]): string {
  const names = named.map((name) => name.trim());
  if (names.includes('')) {
    throw wrongUse('--author takes a name, and got an empty one.', 'For example: --author Ada --author Grace');
  }
  return [...new Set(names)].join(', ');
}

/** null: there is no git, or it knows no name. */
async function askGit({ forPrograms }: Environment, cwd: string): Promise<string | null> {
  try {
    const name = await readProgramOutput('git', ['config', 'user.name'], { cwd, env: forPrograms, timeoutMs: gitMs });
    return name.trim() || null;
  } catch {
    return null;
  }
}
