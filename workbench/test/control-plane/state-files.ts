import { lstatSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Lists a folder and everything in it. */
export function listFiles(folder: string): string[] {
  try {
    return [folder, ...readdirSync(folder).flatMap((name) => listEntry(join(folder, name)))];
  } catch {
    // Removed meanwhile, as PostgreSQL and etcd often do.
    return [];
  }
}

function listEntry(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() ? listFiles(path) : found ? [path] : [];
}

/** Whether other users have any permission on it and can reach it. */
export function isOpen(folder: string, path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || (found.mode & 0o077) === 0) return false;
  for (let at = path; at !== folder; at = dirname(at)) {
    if ((lstatSync(dirname(at)).mode & 0o011) === 0) return false;
  }
  return true;
}

/** `0755 snoopdb`, by its path in the folder. */
export function describeMode(folder: string, path: string): string {
  return `0${(lstatSync(path).mode & 0o777).toString(8)} ${relative(folder, path) || '.'}`;
}
