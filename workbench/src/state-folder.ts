import { accessSync, constants, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { explainSystemError, isLockFile, isSystemError, createFolders } from '@snoop/snoopdb';
import { SnoopError, wrongUse } from './errors.ts';
import { findProject, stateFolderName } from './find-project.ts';

/** What a state folder may hold. Purge removes only these, in case the folder holds other files. */
export const stateEntryNames = [
  'kubeconfig',
  'logs',
  'certs',
  'audit',
  'nodes',
  'etcd',
  'snoopdb',
  'runs',
  'cache',
  'pair',
  'state.json',
] as const;

const wayOut = 'Use another folder: --state DIR or SNOOP_STATE.';

/**
 * Finds the state folder of a command. Each checkout has its own; a command run deep inside a project finds the
 * project's.
 *
 * @param choice.state the flag `--state`
 * @param choice.stateFolder `SNOOP_STATE`
 * @returns an absolute path: the flag's, else the environment's, else `.snoop/` in the project; see
 *   {@link findProject}
 * @throws SnoopError `wrong_use` for an empty name (an unset variable), which would mean the current folder;
 *   `bad_state_folder` for a file or an unreadable folder
 */
export function resolveStateFolder(choice: {
  readonly state: string | undefined;
  readonly stateFolder: string | null;
  readonly cwd: string;
}): string {
  const named = choice.state ?? choice.stateFolder;
  if (named?.trim() === '') {
    throw wrongUse('--state is empty.', 'Name a folder, or omit --state to use the .snoop folder of the project.');
  }
  const folder = named === null ? join(findProject(choice.cwd), stateFolderName) : resolve(choice.cwd, named);
  checkReadable(folder);
  return folder;
}

/** A missing folder is fine. */
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
 * Creates the state folder if it is missing, with a `.gitignore`: it holds keys, tokens and a database. In a folder
 * with other contents, only the state's own entries are ignored. An existing `.gitignore` is not changed.
 *
 * @throws SnoopError `bad_state_folder` when the folder cannot be written
 */
export function createStateFolder(folder: string): void {
  try {
    // Whatever the umask, only the owner may write; the contents have modes of their own.
    createFolders(folder, 0o755);
    accessSync(folder, constants.W_OK);
    writeFileSync(join(folder, '.gitignore'), formatIgnoreFile(folder), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    // Another process or the user wrote it.
    if (isSystemError(error, 'EEXIST') && isDirectory(folder)) return;
    throw badStateFolder(folder, 'written', explainSystemError(error), 3, error);
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

const ignoreHead = '# Written by snoop: its state holds keys and a database.';

/** `snoop down --kind` removes the folder of the kind cluster. */
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

/** Whether an entry of a state folder belongs to the state, by its name. */
export function isStateEntry(name: string): boolean {
  return (ignoredNames as readonly string[]).includes(name) || isLockFile(name) || isStateDraft(name);
}

/** Whether it is a draft that a killed process left. */
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
