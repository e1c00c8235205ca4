import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** The folders and files of a folder, in memory. Links and modes are not kept. */
export interface Tree {
  readonly folders: readonly string[];
  readonly files: readonly (readonly [path: string, content: Buffer])[];
}

export async function readTree(folder: string): Promise<Tree> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const name = (entry: (typeof found)[number]): string => relative(folder, join(entry.parentPath, entry.name));
  const folders = found.filter((entry) => entry.isDirectory()).map(name);
  const files = found.filter((entry) => entry.isFile()).map(name);
  return {
    folders,
    files: await Promise.all(files.map(async (path) => [path, await readFile(join(folder, path))] as const)),
  };
}

export async function writeTree(folder: string, { folders, files }: Tree): Promise<void> {
  for (const path of folders) await mkdir(join(folder, path), { recursive: true });
  await Promise.all(files.map(([path, content]) => writeFile(join(folder, path), content)));
}
