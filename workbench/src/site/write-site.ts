import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { explainSystemError, isSystemError } from '@snoop/snoopdb';
import { SnoopError } from '../errors.ts';
import type { SiteFile } from './site-files.ts';

export interface WrittenSite {
  readonly files: number;
  readonly bytes: number;
  /** Number of files whose content has changed or is new. */
  readonly written: number;
  /** Number of files of an earlier site that were deleted. */
  readonly deleted: number;
}

/** Lists the site's files, so that the next site deletes those it no longer has. */
const listName = 'site.json';

/**
 * Writes a site into a folder. Files with the same content are left alone; files that no site has written are kept.
 *
 * @param folder an absolute path; it is created if it is missing
 * @throws SnoopError `not_a_site` if the folder has other files and no site; `cannot_write`
 */
export async function writeSite(folder: string, files: readonly SiteFile[]): Promise<WrittenSite> {
  try {
    const before = await readList(folder);
    const names = new Set(files.map(({ name }) => name));
    // First, so that the next site can replace what an interrupted one leaves.
    await writeList(folder, new Set([...before, ...names]));
    let written = 0;
    let bytes = 0;
    // Pages last, so that none of them leads to a missing file.
    for (const { name, content } of [...files].sort((a, b) => Number(isPage(a)) - Number(isPage(b)))) {
      const data = Buffer.from(content);
      bytes += data.length;
      written += Number(await replace(join(folder, name), data));
    }
    const old = before.filter((name) => !names.has(name));
    for (const name of old) await rm(join(folder, name), { force: true });
    await writeList(folder, names);
    return { files: names.size, bytes, written, deleted: old.length };
  } catch (error) {
    if (error instanceof SnoopError) throw error;
    throw new SnoopError('cannot_write', `${folder} cannot be written: ${explainSystemError(error)}.`, {
      cause: error,
    });
  }
}

function isPage({ name }: SiteFile): boolean {
  return name.endsWith('.html');
}

/** @returns the names of the files of an earlier site */
async function readList(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  try {
    const list: unknown = JSON.parse(await readFile(join(folder, listName), 'utf8'));
    if (Array.isArray(list)) return list.filter(isOwnName);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT') && !(error instanceof SyntaxError)) throw error;
  }
  const others = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  if (others.length === 0) return [];
  throw new SnoopError('not_a_site', `${folder} has files that are not of a site, such as ${others[0]}.`, {
    exitCode: 2,
    advice: ['Name an empty or new folder, or one that snoop site has written.'],
  });
}

async function writeList(folder: string, names: ReadonlySet<string>): Promise<void> {
  await replace(join(folder, listName), Buffer.from(`${JSON.stringify([...names].sort(), null, 1)}\n`));
}

/** The list may have been edited: only paths inside the folder. */
function isOwnName(name: unknown): name is string {
  return typeof name === 'string' && /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/.test(name);
}

/** @returns whether the file is new or had other content */
async function replace(file: string, content: Buffer): Promise<boolean> {
  const before = await readFile(file).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return null;
    throw error;
  });
  if (before?.equals(content)) return false;
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.draft`;
  await writeFile(draft, content);
  await rename(draft, file);
  return true;
}
