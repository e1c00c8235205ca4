import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dirname, join as joinPaths } from 'node:path/posix';

/** One line of a table of rooms. A room uses only those on the lines before it. */
export interface Room {
  /** The folder of the table: `snoopdb/src`. */
  readonly area: string;
  /** `hits/` (the files in it, without subfolders), `errors.ts` or `*.test.ts`. */
  readonly names: readonly string[];
  readonly about: string;
}

/** The tables of CONTRIBUTING.md, and the source files. */
export interface Sources {
  /** The packages that each package may import, in the order of the table. */
  readonly packages: ReadonlyMap<string, readonly string[]>;
  readonly rooms: readonly Room[];
  /** Texts by path. */
  readonly files: ReadonlyMap<string, string>;
}

export function readSources(root: string): Sources {
  const tables = readTables(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8'));
  const paths = [...tables.packages.keys()].flatMap((name) => listSources(root, name));
  return { ...tables, files: new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')])) };
}

/** Reads the tables of packages, below the heading "Packages", and of rooms, below headings that name a folder. */
export function readTables(text: string): Omit<Sources, 'files'> {
  const packages = new Map<string, string[]>();
  const rooms: Room[] = [];
  let heading = '';
  for (const line of text.split('\n')) {
    heading = /^##+ `?([^`]+?)\/?`?$/.exec(line)?.[1] ?? heading;
    const [, first = '', about = '', mayUse = ''] = /^\| (`[^|]*`) \|([^|]*)\|([^|]*)\|?$/.exec(line) ?? [];
    const names = listQuoted(first);
    if (heading === 'Packages') for (const name of names) packages.set(name.replace('/', ''), listQuoted(mayUse));
    else if (/^[a-z]+(\/src)?$/.test(heading) && names.length > 0) rooms.push({ area: heading, names, about });
  }
  return { packages, rooms };
}

function listQuoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

function listSources(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    const path = joinPaths(folder, entry.name);
    if (entry.isDirectory()) return listSources(root, path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** Finds the room of a file; undefined if no line has it. */
export function findRoom(file: string, rooms: readonly Room[]): Room | undefined {
  const isIn = (area: string, name: string): boolean => {
    if (name.endsWith('/')) return `${dirname(file)}/` === joinPaths(area, name);
    if (name.startsWith('*')) return dirname(file) === area && file.endsWith(name.slice(1));
    return file === joinPaths(area, name);
  };
  return rooms.find(({ area, names }) => names.some((name) => isIn(area, name)));
}
