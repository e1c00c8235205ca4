/** A path has at most so many characters, and a name in it as many as file systems allow. */
const maxPathCharacters = 500;
const maxNameBytes = 255;
/** Letters and digits of any script, and what file names of projects contain. */
const ordinaryName = /^[\p{L}\p{M}\p{N}_@+=()[\] .,~-]+$/u;

/**
 * Checks the names of sources before they are written into a folder.
 *
 * @returns what is wrong with each refused name; empty: all are below the folder, distinct and ordinary
 */
export function findNameFaults(names: readonly string[]): Map<string, string> {
  const faults = new Map<string, string>();
  const known = new Map<string, string>();
  for (const name of names) {
    const fault = findNameFault(name);
    if (fault !== null) {
      faults.set(name, fault);
      continue;
    }
    // Some file systems ignore case and the form of accents.
    const same = known.get(fold(name));
    if (same !== undefined)
      faults.set(name, same === name ? 'is there twice' : `is the same file as ${same} on some systems`);
    else known.set(fold(name), name);
  }
  for (const name of known.values()) {
    const folder = listFolders(name).find((above) => known.has(fold(above)));
    if (folder !== undefined) faults.set(name, `is below ${folder}, which is a file`);
  }
  return faults;
}

function findNameFault(path: string): string | null {
  if (path === '') return 'is empty';
  if (path.length > maxPathCharacters) return `has more than ${maxPathCharacters} characters`;
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(path)) return 'has control characters or invisible ones';
  if (/^(?:[/\\]|[A-Za-z]:)/.test(path)) return 'is an absolute path: the author ran it from another folder';
  if (path.includes('\\')) return 'has a backslash';
  const parts = path.split('/');
  if (parts.includes('..')) return 'leads out of its folder';
  if (parts.some((part) => part === '' || part === '.')) return 'has an empty part';
  if (parts.some((part) => part.startsWith('.'))) return 'is hidden';
  if (parts.includes('node_modules')) return 'is inside node_modules';
  if (parts.some((part) => Buffer.byteLength(part) > maxNameBytes))
    return `has a part of more than ${maxNameBytes} bytes`;
  if (parts.some((part) => !ordinaryName.test(part) || part !== part.trim() || part.endsWith('.'))) return 'is odd';
  return null;
}

/** The folders of a path: `a`, `a/b` for `a/b/c`. */
function listFolders(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function fold(path: string): string {
  return path.normalize('NFKC').toLowerCase();
}
