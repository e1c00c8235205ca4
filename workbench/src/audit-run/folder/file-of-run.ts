import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { explainSystemError } from '@snoop/snoopdb';
import { SnoopError } from '../../errors.ts';
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
  const entry = readRunFile(folder, options).files.find((one) => one.name === file);
  const path = join(folder, file);
  if (entry === undefined) throw new SnoopError('bad_run_folder', `The audit run in ${folder} has no ${file}.`);
  if ((await digestFile(path)) === entry.sha256) return path;
  throw new SnoopError('bad_run_folder', `${path} was changed after the run: its SHA-256 is not the one in run.json.`);
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    throw new SnoopError('bad_run_folder', `${path} cannot be read: ${explainSystemError(error)}.`, { cause: error });
  }
  return hash.digest('hex');
}
