import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { wrongUse } from '../errors.ts';

export const stateFolderName = '.snoop';

/**
 * Where a command's state is. Two checkouts have two states; a command run deep inside a project finds the project's.
 *
 * @param choice.state the flag `--state`
 * @param choice.stateFolder `SNOOP_STATE`
 * @returns an absolute path: the flag's, else the environment's, else the nearest `.snoop/` at or above `cwd`, else
 *   `.snoop/` in the nearest folder with pnpm-workspace.yaml or .git, else with package.json, else in `cwd`
 * @throws SnoopError `wrong_use` for an empty name, as an unset variable makes it: it would mean the current folder
 */
export function resolveStateFolder(choice: {
  readonly state: string | undefined;
  readonly stateFolder: string | null;
  readonly cwd: string;
}): string {
  const named = choice.state ?? choice.stateFolder;
  if (named?.trim() === '') {
    throw wrongUse(
      '--state names no folder: it is empty.',
      'Name one, or leave --state away for the .snoop folder of the project.',
    );
  }
  if (named !== null) return resolve(choice.cwd, named);
  const home =
    findAbove(choice.cwd, [stateFolderName]) ??
    findAbove(choice.cwd, ['pnpm-workspace.yaml', '.git']) ??
    findAbove(choice.cwd, ['package.json']) ??
    resolve(choice.cwd);
  return join(home, stateFolderName);
}

/** The nearest folder, from `folder` upwards, that holds one of these names. */
function findAbove(folder: string, names: readonly string[]): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (names.some((name) => existsSync(join(at, name)))) return at;
    if (dirname(at) === at) return null;
  }
}
