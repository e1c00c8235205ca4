import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { explainSystemError, isSystemError, writeFileAtomically } from '@snoop/snoopdb';
import { SnoopError, wrongUse } from '../errors.ts';
import { formatJson } from '../output/control-characters.ts';
import { digestFile } from './folder/digest-file.ts';
import { begunFileName, type RunFile, type RunFileEntry, runFileName } from './folder/run-file.ts';

const readable = 0o644;
/** Names of files are for people, so a folder with more is not a run's. */
const maxFiles = 10_000;
/** Kept free for what must be written even on a full disk: summary.md and run.json. */
const reserveName = 'reserve';
const reserveBytes = 1 << 20;
/** What a disk, a quota or a limit of the process answers; other errors of a stream come from its source. */
const writeErrors = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS'] as const;

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
  /** Whether run.json is written. */
  #isFinished = false;

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
    requireUnused(final);
    const folder = draftOf(final);
    try {
      mkdirSync(dirname(final), { recursive: true });
      mkdirSync(folder);
      for (const name of ['junit', 'logs', 'report']) mkdirSync(join(folder, name));
      // Not a hole in the file: it must take space.
      writeFileSync(join(folder, reserveName), Buffer.alloc(reserveBytes, 1));
    } catch (error) {
      if (isSystemError(error, 'EEXIST')) throw createDraftExistsError(final);
      rmSync(folder, { recursive: true, force: true });
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

  /**
   * Writes a stream as gzip; a file that cannot be written whole is removed, since its space is needed for others.
   *
   * @returns the number of its lines
   * @throws SnoopError `unwritable`; the error of the stream
   */
  async writeLines(name: string, lines: Readable, signal?: AbortSignal): Promise<number> {
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
      { ...(signal !== undefined && { signal }) },
    ).catch((error: unknown) => {
      rmSync(this.path(name), { force: true });
      if (writeErrors.some((code) => isSystemError(error, code))) throw createUnwritableError(this.path(name), error);
      throw error;
    });
    return found;
  }

  /** Gives back the space that was kept free. */
  freeReserve(): void {
    rmSync(this.path(reserveName), { force: true });
  }

  /** Writes run.json with the digests of all other files, and gives the folder its name. @throws SnoopError `unwritable` */
  async finish(createRun: (files: readonly RunFileEntry[]) => RunFile): Promise<void> {
    this.#removeScratch();
    const names = listFiles(this.folder, '').sort();
    const files: RunFileEntry[] = [];
    for (const name of names) {
      const { size: bytes } = statSync(this.path(name));
      files.push({ name, bytes, sha256: await digestFile(this.path(name), bytes) });
    }
    this.#complete(createRun(files));
  }

  /**
   * Writes run.json without files, and gives the folder its name; for a process that is about to end, so all at once.
   * Does nothing if run.json is written.
   *
   * @throws SnoopError `unwritable`
   */
  abandon(createRun: (files: readonly RunFileEntry[]) => RunFile): void {
    if (this.#isFinished) return;
    this.#removeScratch();
    this.#complete(createRun([]));
  }

  #complete(run: RunFile): void {
    this.writeJson(runFileName, run);
    this.#isFinished = true;
    try {
      requireEmpty(this.#final);
      renameSync(this.folder, this.#final);
    } catch (error) {
      throw new SnoopError(
        'unwritable',
        `${this.#final} cannot be written, so the run stays in ${this.folder}: ${explainSystemError(error)}.`,
        { cause: error, advice: [`Rename ${this.folder}.`] },
      );
    }
  }

  #removeScratch(): void {
    this.freeReserve();
    for (const name of ['report', begunFileName]) rmSync(this.path(name), { recursive: true, force: true });
  }

  /** Removes what was written. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Checks that a run may be written to a folder, which takes less time than to find out after a cluster is started.
 *
 * @throws SnoopError `wrong_use`
 */
export function requireUnused(final: string): void {
  requireEmpty(final);
  if (existsSync(draftOf(final))) throw createDraftExistsError(final);
}

function createDraftExistsError(final: string): SnoopError {
  return wrongUse(
    `${draftOf(final)} exists: another audit run writes there, or one was killed.`,
    `Name another folder with --out, or remove it. 'snoop e2e --resume ${final}' continues a run of snoop e2e.`,
  );
}

function requireEmpty(folder: string): void {
  try {
    const isMounted = statSync(folder).dev !== statSync(dirname(folder)).dev;
    if (isMounted) throw wrongUse(`${folder} is a mount point.`, 'Name a folder in it: --out DIR.');
    if (readdirSync(folder).length === 0) return;
  } catch (error) {
    if (error instanceof SnoopError) throw error;
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

function createUnwritableError(path: string, error: unknown): SnoopError {
  return new SnoopError('unwritable', `${path} cannot be written: ${explainSystemError(error)}.`, {
    cause: error,
    advice: ['What was written so far is not a whole run. Free space or name another folder with --out.'],
  });
}
