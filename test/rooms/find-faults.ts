import { dirname, join } from 'node:path/posix';
import { findRoom, type House, type Room } from './house.ts';

/** Everything in which a house is not as its tables say: a sentence each, with what to do. */
export function findFaults(house: House): string[] {
  const { files, rooms } = house;
  const faults: string[] = [];
  const uses = new Map<string, string[]>();
  for (const [file, text] of files) {
    const room = findRoom(file, rooms);
    for (const specifier of listImports(text)) {
      const target = resolve(file, specifier);
      const why = judgePackages(file, specifier, target, house) ?? (room && judgeRooms(room, target, rooms));
      if (why) faults.push(`${file} imports '${specifier}': ${why}`);
      uses.set(file, [...(uses.get(file) ?? []), target]);
    }
    if (room && isWithoutSql(room) && /\.query[<(]/.test(text))
      faults.push(`${file} asks the database, and ${name(room)} has no SQL. Move the question to a room that has.`);
  }
  return [...faults, ...findCircles(uses), ...compareTables(house), ...findStrayTests(house)];
}

const patterns = [
  /^(?:import|export)\s+(?:type\s+)?[\w\s*{},$]*?\bfrom\s+'([^']+)'/gm,
  /^import\s+'([^']+)'/gm,
  /\bimport\(\s*'([^']+)'/g,
];

/** Values and types alike: by `import`, `export … from`, and `import('…')` in code or in a type. */
function listImports(text: string): string[] {
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, specifier = '']) => specifier));
}

/** The path of what is imported; of a package of the house its face. */
function resolve(file: string, specifier: string): string {
  const named = /^@snoop\/([a-z]+)$/.exec(specifier)?.[1];
  if (named !== undefined) return `${named}/src/index.ts`;
  return specifier.startsWith('.') ? join(dirname(file), specifier) : specifier;
}

function judgePackages(file: string, specifier: string, target: string, { packages }: House): string | null {
  const [own = ''] = file.split('/');
  // Of the paths below a package's name, Node itself lets nobody have what package.json does not export.
  const named = /^@snoop\/([a-z]+)/.exec(specifier)?.[1];
  const [other = ''] = named === undefined ? target.split('/') : [named];
  if (own === other || !packages.has(other)) return null;
  if (named === undefined) return `that is behind the face of ${other}. Import '@snoop/${other}'.`;
  if (packages.get(own)?.includes(named)) return null;
  return `${own} may not use ${named} (CONTRIBUTING.md, "Packages"). Move the cut between the two.`;
}

function judgeRooms(room: Room, target: string, rooms: readonly Room[]): string | null {
  if (isWithoutSql(room) && /^pg($|\/|-)|\/postgres\//.test(target))
    return `${name(room)} has no SQL. Move what needs the database to a room that has.`;
  const used = findRoom(target, rooms);
  if (!used || used.area !== room.area || rooms.indexOf(used) <= rooms.indexOf(room)) return null;
  return `${name(used)} comes after ${name(room)} in CONTRIBUTING.md. Move what both need to a room before them.`;
}

const name = ({ area, names }: Room): string => names.map((one) => join(area, one)).join(', ');
const isWithoutSql = ({ about }: Room): boolean => /\bno SQL\b/i.test(about);

function compareTables({ packages, rooms, files }: House): string[] {
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
    ...empty.map((room) => `CONTRIBUTING.md has a line for ${room}, where no file is. Remove it.`),
    ...upward.map(([own, other]) => `CONTRIBUTING.md lets ${own} use ${other}, which does not stand before it.`),
  ];
}

/** Tests stand in folders that are called as the rooms that they test. */
function findStrayTests({ rooms, files }: House): string[] {
  return [...new Set([...files.keys()].map((file) => dirname(file)))].flatMap((folder) => {
    const [, own, path = ''] = /^([a-z]+)\/test\/(.+)$/.exec(folder) ?? [];
    const names = rooms.filter(({ area }) => area === `${own}/src`).flatMap((room) => room.names);
    if (names.length === 0 || path.includes('support') || names.includes(`${path}/`)) return [];
    return [`${folder}/ is called as no room of ${own}/src. Move its tests to the folder of the room that they test.`];
  });
}

function findCircles(uses: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const seen = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      const circle = [...path.slice(path.indexOf(file)), file].join(' → ');
      circles.push(`These files use one another: ${circle}. Move what they share to a file that imports none of them.`);
    }
    if (seen.has(file)) return;
    seen.add(file);
    for (const used of uses.get(file) ?? []) walk(used, [...path, file]);
  };
  for (const file of uses.keys()) walk(file, []);
  return circles;
}
