import { existsSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { Report } from '../finding.ts';
import type { KindConfig, KindMount } from './kind-config.ts';

/** Finds mounts whose source does not exist. */
export function checkMounts({ nodes, file }: KindConfig, folder: string, report: Report): void {
  for (const mount of nodes.flatMap(({ mounts }) => mounts)) {
    if (!existsSync(mount.here)) reportMissing(mount, file, folder, report);
  }
}

function reportMissing(
  { hostPath, here, line, isReadOnly }: KindMount,
  file: string,
  folder: string,
  report: Report,
): void {
  const instead = 'Docker then creates an empty folder there, owned by root, and mounts it';
  if (/^~|\$/.test(hostPath)) {
    const message = `${hostPath}: kind does not expand '~' or '$…'; the path would be ${here}, which does not exist. Write the full path.`;
    report('error', 'missing-path', line, message);
  } else if (isAbsolute(hostPath)) {
    const message = `${hostPath} does not exist on this machine. ${instead}. Create it first, with the owner you want.`;
    // A writable folder may start empty.
    report(isReadOnly ? 'warning' : 'note', 'missing-path', line, message);
  } else {
    const other = findFolder(hostPath, file);
    const message =
      other === null
        ? `${hostPath} does not exist: relative paths start from the folder where kind is called, here ${folder}. ${instead}. Create it first, or fix the path.`
        : `${hostPath} is not in ${folder}, but in ${other}: relative paths start from the folder where kind is called, not from this file. Call kind in ${other}.`;
    report('error', 'missing-path', line, message);
  }
}

/** The nearest folder, from the file upwards, where a relative path exists. */
function findFolder(hostPath: string, file: string): string | null {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(resolve(folder, hostPath))) return folder;
    if (dirname(folder) === folder) return null;
  }
}
