import { dirname, join } from 'node:path/posix';
import { findRoom, type Sources, type Room } from './rooms.ts';

/** Finds where the sources differ from the tables: a sentence for each, with advice. */
export function findFaults(sources: Sources): string[] {
  const { files, rooms } = sources;
  const faults: string[] = [];
  const uses = new Map<string, string[]>();
  for (const [file, text] of files) {
    const room = findRoom(file, rooms);
    for (const specifier of listImports(text)) {
      const target = resolve(file, specifier);
      const why = judgePackages(file, specifier, target, sources) ?? (room && judgeRooms(room, target, rooms));
      if (why) faults.push(`${file} imports '${specifier}': ${why}`);
      uses.set(file, [...(uses.get(file) ?? []), target]);
    }
    if (room && isWithoutSql(room) && /\.query[<(]/.test(text))
      faults.push(`${file} queries the database, but ${name(room)} has no SQL. Move the query to a room that has.`);
  }
  return [...faults, ...findCycles(uses), ...compareTables(sources), ...findStrayTests(sources)];
}

const patterns = [
  /^(?:import|export)\s+(?:type\s+)?[\w\s*{},$]*?\bfrom\s+'([^']+)'/gm,
  /^import\s+'([^']+)'/gm,
  /\bimport\(\s*'([^']+)'/g,
];

/** Imports of values and types: `import`, `export … from`, and `import('…')` in code or in a type. */
function listImports(text: string): string[] {
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, specifier = '']) => specifier));
}

/** The path of the imported file; for a package, its index.ts. */
function resolve(file: string, specifier: string): string {
  const named = /^@snoop\/([a-z]+)$/.exec(specifier)?.[1];
  if (named !== undefined) return `${named}/src/index.ts`;
  return specifier.startsWith('.') ? join(dirname(file), specifier) : specifier;
}

function judgePackages(file: string, specifier: string, target: string, { packages }: Sources): string | null {
  const [own = ''] = file.split('/');
  // Node itself refuses a path below a package's name that package.json does not export.
  const named = /^@snoop\/([a-z]+)/.exec(specifier)?.[1];
  const [other = ''] = named === undefined ? target.split('/') : [named];
  if (own === other || !packages.has(other)) return null;
  if (named === undefined) return `it is not exported by ${other}. Import '@snoop/${other}'.`;
  if (packages.get(own)?.includes(named)) return null;
  return `${own} may not use ${named} (CONTRIBUTING.md, "Packages"). Change where the two are divided.`;
}

function judgeRooms(room: Room, target: string, rooms: readonly Room[]): string | null {
  if (isWithoutSql(room) && /^pg($|\/|-)|\/postgres\//.test(target))
    return `${name(room)} has no SQL. Move what needs the database to a room that has.`;
  const used = findRoom(target, rooms);
  if (!used || used.area !== room.area || rooms.indexOf(used) <= rooms.indexOf(room)) return null;
  return `${name(used)} comes after ${name(room)} in CONTRIBUTING.md. Move what both need to a room before them.`;
}

const name = ({ area, names }: Room): string => names.map((part) => join(area, part)).join(', ');
const isWithoutSql = ({ about }: Room): boolean => /\bno SQL\b/i.test(about);

function compareTables({ packages, rooms, files }: Sources): string[] {
  const areas = new Set(rooms.map(({ area }) => area));
  const roomless = [...files.keys()].filter(
    (file) => [...areas].some((area) => file.startsWith(`${area}/`)) && !findRoom(file, rooms),
  );
  const empty = rooms.flatMap(({ area, names, about }) =>
    names
      .filter((one) => ![...files.keys()].some((file) => findRoom(file, [{ area, about, names: [one] }])))
      .map((one) => join(area, one)),
  );
  const order = [...packages.keys()];
  const upward = order.flatMap((own, place) =>
    (packages.get(own) ?? []).filter((other) => !order.slice(0, place).includes(other)).map((other) => [own, other]),
  );
  return [
    ...roomless.map(
      (file) => `${file} is in no room. Give it a line in CONTRIBUTING.md, after the rooms that it uses.`,
    ),
    ...empty.map((room) => `CONTRIBUTING.md has a line for ${room}, but it has no files. Remove the line.`),
    ...upward.map(([own, other]) => `CONTRIBUTING.md lets ${own} use ${other}, which is not on an earlier line.`),
  ];
}

/** Finds folders of tests without the name of a room, or of a folder of the page: test/web/parts/ tests web/src/parts/. */
function findStrayTests({ rooms, files }: Sources): string[] {
  return [...new Set([...files.keys()].map((file) => dirname(file)))].flatMap((folder) => {
    const [, own, path = ''] = /^([a-z]+)\/test\/(.+)$/.exec(folder) ?? [];
    const names = rooms.filter(({ area }) => area === `${own}/src`).flatMap((room) => room.names);
    if (names.length === 0 || path.includes('support') || names.includes(`${path}/`)) return [];
    const page = join(own ?? '', path.replace(/^web\//, 'web/src/'), '/');
    if (path.startsWith('web/') && [...files.keys()].some((file) => file.startsWith(page))) return [];
    return [
      `${folder}/ does not have the name of a room of ${own}/src. Move its tests to the folder of the room that they test.`,
    ];
  });
}

function findCycles(uses: ReadonlyMap<string, readonly string[]>): string[] {
  const cycles: string[] = [];
  const seen = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      const cycle = [...path.slice(path.indexOf(file)), file].join(' → ');
      cycles.push(`These files use one another: ${cycle}. Move what they share to a file that imports none of them.`);
    }
    if (seen.has(file)) return;
    seen.add(file);
    for (const used of uses.get(file) ?? []) walk(used, [...path, file]);
  };
  for (const file of uses.keys()) walk(file, []);
  return cycles;
}
