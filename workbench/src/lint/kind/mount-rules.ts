import { existsSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { Report } from '../finding.ts';
import type { KindConfig, KindMount } from './kind-config.ts';

/** Finds mounts whose source is not there. */
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
  const instead = 'Docker then makes an empty folder there, which belongs to root, and the node sees that';
  if (/^~|\$/.test(hostPath)) {
    const message = `${hostPath}: kind puts nothing in for '~' or '$…'; it would be ${here}, which is not there. Write the path out.`;
    report('error', 'missing-path', line, message);
  } else if (isAbsolute(hostPath)) {
    const message = `${hostPath} is not on this machine. ${instead}. Make it first, with an owner of your choice.`;
    // What is written to may begin empty.
    report(isReadOnly ? 'warning' : 'note', 'missing-path', line, message);
  } else {
    const other = findFolder(hostPath, file);
    const message =
      other === null
        ? `${hostPath} is not there: relative paths start from the folder that kind is called in, here ${folder}. ${instead}. Make it first, or mend the path.`
        : `${hostPath} is not in ${folder}, but in ${other}: relative paths start from the folder that kind is called in, not from this file. Call kind in ${other}.`;
    report('error', 'missing-path', line, message);
  }
}

/** The folder of the file, or one around it, in which a relative path is right. */
function findFolder(hostPath: string, file: string): string | null {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (existsSync(resolve(folder, hostPath))) return folder;
    if (dirname(folder) === folder) return null;
  }
}
