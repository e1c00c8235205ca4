import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { explainSystemError } from '@snoop/snoopdb';
import { SnoopError } from '../../errors.ts';
import { digestFile } from './digest-file.ts';
import { isRunFolder, readRunFile } from './run-file.ts';

/**
 * Finds a file of an audit run, if a name is the folder of one. The file must have the digest that run.json states.
 *
 * @param name as a user gives it; also a URL or another file
 * @param options.partial whether an incomplete run is accepted
 * @returns its path; null: the name is not a folder of an audit run
 * @throws SnoopError `bad_run_folder`, `partial_run`
 */
export async function findFileOfRun(
  name: string,
  file: string,
  options: { readonly cwd: string; readonly partial: boolean },
): Promise<string | null> {
  const folder = resolve(options.cwd, name);
  if (name === '-' || /^https?:\/\//i.test(name) || !isRunFolder(folder)) return null;
  const [path] = await findFilesOfRun(folder, (listed) => listed === file, options);
  if (path === undefined) throw new SnoopError('bad_run_folder', `The audit run in ${folder} has no ${file}.`);
  return path;
}

/**
 * Finds files of an audit run by their names. Each must have the size and digest that run.json states.
 *
 * @param folder of the run, absolute
 * @param isWanted gets names relative to the folder, with slashes
 * @returns paths, in the order of run.json
 * @throws SnoopError `bad_run_folder`, `partial_run`
 */
export async function findFilesOfRun(
  folder: string,
  isWanted: (name: string) => boolean,
  { partial }: { readonly partial: boolean },
): Promise<string[]> {
  const paths: string[] = [];
  for (const { name, bytes, sha256 } of readRunFile(folder, { partial }).files) {
    if (!isWanted(name)) continue;
    const path = join(folder, name);
    await checkSize(path, bytes);
    const digest = await digestFile(path, bytes).catch((error: unknown) => {
      throw createReadError(path, error);
    });
    if (digest !== sha256) {
      throw new SnoopError(
        'bad_run_folder',
        `${path} was changed after the run: its SHA-256 is not the one in run.json.`,
      );
    }
    paths.push(path);
  }
  return paths;
}

/** Before it is opened: opening a FIFO would block. */
async function checkSize(path: string, bytes: number): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw createReadError(path, error);
  });
  if (!found.isFile()) throw new SnoopError('bad_run_folder', `${path} is not a regular file.`);
  if (found.size === bytes) return;
  throw new SnoopError(
    'bad_run_folder',
    `${path} was changed after the run: it has ${found.size.toLocaleString('en-US')} bytes, not the ${bytes.toLocaleString('en-US')} in run.json.`,
  );
}

function createReadError(path: string, cause: unknown): SnoopError {
  return new SnoopError('bad_run_folder', `${path} cannot be read: ${explainSystemError(cause)}.`, { cause });
}
