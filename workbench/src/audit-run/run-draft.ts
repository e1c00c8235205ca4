import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { explainSystemError, isSystemError, writeFileAtomically } from '@snoop/snoopdb';
import { SnoopError, wrongUse } from '../errors.ts';
import { formatJson } from '../output/control-characters.ts';
import { begunFileName, type RunFile, type RunFileEntry, runFileName } from './folder/run-file.ts';

const readable = 0o644;
/** Names of files are for people, so a folder with more is not a run's. */
const maxFiles = 10_000;

/** The temporary folder of the run that will be in a folder. */
export function draftOf(folder: string): string {
  return `${folder}.part`;
}

/**
 * The folder of a run while it is written: under a temporary name beside the final one, until run.json, the last file, is
 * written.
 */
export class RunDraft {
  readonly folder: string;
  readonly #final: string;

  private constructor(final: string, folder: string) {
    this.#final = final;
    this.folder = folder;
  }

  /**
   * Creates the temporary folder.
   *
   * @param final must not exist, or be an empty folder
   * @throws SnoopError `wrong_use`, `unwritable`
   */
  static create(final: string): RunDraft {
    requireEmpty(final);
    const folder = draftOf(final);
    try {
      mkdirSync(dirname(final), { recursive: true });
      mkdirSync(folder);
      for (const name of ['junit', 'logs', 'report']) mkdirSync(join(folder, name));
    } catch (error) {
      if (isSystemError(error, 'EEXIST')) {
        throw wrongUse(
          `${folder} exists: another audit run writes there, or one was killed.`,
          `Name another folder with --out, or remove it. 'snoop e2e --resume ${final}' continues a run of snoop e2e.`,
        );
      }
      throw createUnwritableError(folder, error);
    }
    return new RunDraft(final, folder);
  }

  /** Opens the temporary folder of a run whose process was killed. */
  static reopen(final: string): RunDraft {
    return new RunDraft(final, draftOf(final));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  writeJson(name: string, value: unknown): void {
    this.writeText(name, formatJson(value));
  }

  /** @throws SnoopError `unwritable` */
  writeText(name: string, text: string): void {
    try {
      writeFileAtomically(this.path(name), text, readable);
    } catch (error) {
      throw createUnwritableError(this.path(name), error);
    }
  }

  /** Writes a stream as gzip. @returns the number of its lines. @throws SnoopError `unwritable` */
  async writeLines(name: string, lines: Readable): Promise<number> {
    let found = 0;
    // The time in the header stays zero, so that the same lines give the same file.
    await pipeline(
      lines,
      async function* countLines(pieces: AsyncIterable<Buffer>) {
        for await (const piece of pieces) {
          for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) found += 1;
          yield piece;
        }
      },
      createGzip({ level: 6 }),
      createWriteStream(this.path(name)),
    ).catch((error: unknown) => {
      if (isSystemError(error, 'ENOSPC') || isSystemError(error, 'EDQUOT')) {
        throw createUnwritableError(this.path(name), error);
      }
      throw error;
    });
    return found;
  }

  /** Writes run.json with the digests of all other files, and gives the folder its name. @throws SnoopError `unwritable` */
  async finish(createRun: (files: readonly RunFileEntry[]) => RunFile): Promise<void> {
    for (const name of ['report', begunFileName]) rmSync(this.path(name), { recursive: true, force: true });
    const names = listFiles(this.folder, '').sort();
    const files: RunFileEntry[] = [];
    for (const name of names) files.push({ name, ...(await digestFile(this.path(name))) });
    this.writeJson(runFileName, createRun(files));
    try {
      requireEmpty(this.#final);
      renameSync(this.folder, this.#final);
    } catch (error) {
      throw createUnwritableError(this.#final, error);
    }
  }

  /** Removes what was written. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function requireEmpty(folder: string): void {
  try {
    if (readdirSync(folder).length === 0) return;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return;
    throw wrongUse(`${folder} cannot be used: ${explainSystemError(error)}.`, 'Name a new folder: --out DIR.');
  }
  throw wrongUse(`The folder ${folder} is not empty.`, 'Name a new or empty folder: --out DIR.');
}

function listFiles(folder: string, prefix: string): string[] {
  const found = readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) return listFiles(folder, name);
    return entry.isFile() ? [name] : [];
  });
  if (found.length > maxFiles) throw new SnoopError('unwritable', `${folder} has more than ${maxFiles} files.`);
  return found;
}

async function digestFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { bytes: statSync(path).size, sha256: hash.digest('hex') };
}

function createUnwritableError(path: string, error: unknown): SnoopError {
  return new SnoopError('unwritable', `${path} cannot be written: ${explainSystemError(error)}.`, {
    cause: error,
    advice: ['What was written so far is not a whole run. Free space or name another folder with --out.'],
  });
}
