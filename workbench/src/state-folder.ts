import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { explainSystemError, isLockFile, isSystemError, makeFolders } from '@snoop/snoopdb';
import { SnoopError, wrongUse } from './errors.ts';

export const stateFolderName = '.snoop';

/** What a state folder may hold; purge removes these and nothing else, in case the folder is somebody's own. */
export const stateEntryNames = [
  'kubeconfig',
  'logs',
  'certs',
  'audit',
  'etcd',
  'snoopdb',
  'runs',
  'cache',
  'pair',
  'state.json',
] as const;

const wayOut = 'Name another folder: --state DIR or SNOOP_STATE.';

/**
 * Where a command's state is. Two checkouts have two states; a command run deep inside a project finds the project's.
 *
 * @param choice.state the flag `--state`
 * @param choice.stateFolder `SNOOP_STATE`
 * @returns an absolute path: the flag's, else the environment's, else the nearest `.snoop/` at or above `cwd`, else
 *   `.snoop/` in the nearest folder with pnpm-workspace.yaml or .git, else with package.json, else in `cwd`
 * @throws SnoopError `wrong_use` for an empty name, as an unset variable makes it: it would mean the current folder;
 *   `bad_state_folder` for what can be no state folder: a file, a folder that may not be read
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
  const folder = named === null ? join(findProject(choice.cwd), stateFolderName) : resolve(choice.cwd, named);
  checkReadable(folder);
  return folder;
}

function findProject(cwd: string): string {
  return (
    findAbove(cwd, [stateFolderName]) ??
    findAbove(cwd, ['pnpm-workspace.yaml', '.git']) ??
    findAbove(cwd, ['package.json']) ??
    resolve(cwd)
  );
}

/** The nearest folder, from `folder` upwards, that holds one of these names. */
function findAbove(folder: string, names: readonly string[]): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (names.some((name) => existsSync(join(at, name)))) return at;
    if (dirname(at) === at) return null;
  }
}

/** One that is not there yet is right. */
function checkReadable(folder: string): void {
  try {
    if (!statSync(folder).isDirectory()) throw badStateFolder(folder, 'used', 'it is a file', 2);
    accessSync(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof SnoopError) throw error;
    if (isSystemError(error, 'ENOENT')) return;
    const isName = ['ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].some((code) => isSystemError(error, code));
    throw badStateFolder(folder, 'read', explainSystemError(error), isName ? 2 : 3, error);
  }
}

function badStateFolder(
  folder: string,
  what: 'used' | 'read' | 'written',
  why: string,
  exitCode: 2 | 3,
  cause?: unknown,
): SnoopError {
  return new SnoopError('bad_state_folder', `The state folder ${folder} cannot be ${what}: ${why}.`, {
    exitCode,
    advice: [wayOut],
    cause,
  });
}

/**
 * Makes the state folder where it is missing, and sees to it that git passes over what is in it: keys, tokens and a
 * thousand files of a database. In a folder that holds other things too, only what belongs to the state is passed over.
 * A `.gitignore` that is there stays as it is.
 *
 * @throws SnoopError `bad_state_folder` when nothing can be written there
 */
export function createStateFolder(folder: string): void {
  try {
    // Whatever the umask, nobody else writes here; what is in it is closed by itself.
    makeFolders(folder, 0o755);
    accessSync(folder, constants.W_OK);
    writeFileSync(join(folder, '.gitignore'), formatIgnoreFile(folder), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // What was written by another process, or by a person.
    if (isSystemError(error, 'EEXIST') && isDirectory(folder)) return;
    throw badStateFolder(folder, 'written', explainSystemError(error), 3, error);
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const ignoreHead = '# Written by snoop: git passes over its state, which holds keys and a database.';

/** The kind cluster's part of a state has a command of its own that removes it. */
const ignoredNames = [...stateEntryNames, 'kind'] as const;

function formatIgnoreFile(folder: string): string {
  const names = readdirSync(folder);
  const isOurs = names.length === 0 || names.includes('state.json') || basename(folder).startsWith(stateFolderName);
  const lines =
    isOurs && names.every(isStateEntry)
      ? ['*']
      : ['.gitignore', ...ignoredNames, 'lock.*', '*.draft'].map((name) => `/${name}`);
  return `${[ignoreHead, ...lines].join('\n')}\n`;
}

/** Whether a file or folder of a state folder belongs to the state, going by its name. */
export function isStateEntry(name: string): boolean {
  return (ignoredNames as readonly string[]).includes(name) || isLockFile(name) || isStateDraft(name);
}

/** What a process left that was killed while it wrote one of the files. */
export function isStateDraft(name: string): boolean {
  return name.endsWith('.draft') && stateEntryNames.some((known) => name.startsWith(`${known}.`));
}

/** Whether the folder's `.gitignore` is the one that {@link createStateFolder} wrote. */
export function hasOwnIgnoreFile(folder: string): boolean {
  try {
    return readFileSync(join(folder, '.gitignore'), 'utf8').startsWith(`${ignoreHead}\n`);
  } catch {
    return false;
  }
}
