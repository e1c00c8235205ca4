import { existsSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';

export const stateFolderName = '.snoop';

/**
 * Finds the folder of the user's project, which holds the state folder. It is never inside `node_modules`, where the
 * next `npm install` would remove the state.
 *
 * @returns the nearest folder with `.snoop`, at or above `cwd`, else with pnpm-workspace.yaml or .git, else with
 *   package.json, else `cwd`
 */
export function findProject(cwd: string): string {
  const folder = leavePackages(resolve(cwd));
  return (
    findAbove(folder, [stateFolderName]) ??
    findAbove(folder, ['pnpm-workspace.yaml', '.git']) ??
    findAbove(folder, ['package.json']) ??
    folder
  );
}

/** `/a` for `/a/node_modules/b`. */
function leavePackages(folder: string): string {
  const [outside = ''] = `${folder}${sep}`.split(`${sep}node_modules${sep}`);
  return outside === `${folder}${sep}` ? folder : outside || sep;
}

/** The nearest folder, from `folder` upwards, that holds one of these names. */
export function findAbove(folder: string, names: readonly string[]): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (names.some((name) => existsSync(join(at, name)))) return at;
    if (dirname(at) === at) return null;
  }
}
