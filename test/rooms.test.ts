import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findFaults } from './rooms/find-faults.ts';
import { readSources, readTables } from './rooms/rooms.ts';

test('packages and rooms import each other in the order of CONTRIBUTING.md', () => {
  expect(findFaults(readSources(join(import.meta.dirname, '..')))).toEqual([]);
});

const contributing = `
## Packages

| folder | what belongs there | may use |
|---|---|---|
| \`ground/\` | what all use | no other package |
| \`roof/\` | what uses it | \`ground\` |

### ground/src/

| room | what is in it |
|---|---|
| \`errors.ts\` | errors |
| \`postgres/\` | connections |
| \`resolver/\` | endpoints; no SQL |
| \`questions/\` | questions |
| \`index.ts\` | exports |
`;

const sound = {
  'ground/src/errors.ts': 'export class GroundError extends Error {}',
  'ground/src/postgres/pool.ts': "import pg from 'pg';\nimport { GroundError } from '../errors.ts';",
  'ground/src/resolver/trie.ts': "import { GroundError } from '../errors.ts';",
  'ground/src/questions/hits.ts': "import type { Pool } from '../postgres/pool.ts';\npool.query('select 1');",
  'ground/src/index.ts': "export { askHits } from './questions/hits.ts';",
  'ground/test/questions/hits.test.ts': "import { askHits } from '../../src/questions/hits.ts';",
  'ground/test/support/pool.ts': '',
  'roof/src/index.ts': "import { askHits } from '@snoop/ground';",
};

/** @param changes files with another text; null removes a file */
function judge(changes: Readonly<Record<string, string | null>>, text = contributing): string[] {
  const files = Object.entries({ ...sound, ...changes }).flatMap(([path, source]) =>
    source === null ? [] : [[path, source] as const],
  );
  return findFaults({ ...readTables(text), files: new Map(files) });
}

test('finds no faults in sound sources', () => {
  expect(judge({})).toEqual([]);
});

test.each([
  "import { askHits } from '../questions/hits.ts';",
  "import type {\n  Hit,\n} from '../questions/hits.ts';",
  "import hits, { type Hit } from '../questions/hits.ts';",
  "import '../questions/hits.ts';",
  "export * from '../questions/hits.ts';",
  "export type { Hit } from '../questions/hits.ts';",
  "const { askHits } = await import('../questions/hits.ts');",
  "type Questions = typeof import('../questions/hits.ts');",
])('finds an import of a later room: %s', (line) => {
  expect(judge({ 'ground/src/resolver/trie.ts': `const first = 1;\n${line}\n` })).toEqual([
    "ground/src/resolver/trie.ts imports '../questions/hits.ts': ground/src/questions/ comes after ground/src/resolver/ in CONTRIBUTING.md. Move what both need to a room before them.",
  ]);
});

test.each([
  [
    'an import of its own package by name',
    { 'ground/src/questions/hits.ts': "import { Pool } from '@snoop/ground';" },
    "ground/src/questions/hits.ts imports '@snoop/ground': ground/src/index.ts comes after ground/src/questions/ in CONTRIBUTING.md. Move what both need to a room before them.",
    'These files use one another: ground/src/questions/hits.ts → ground/src/index.ts → ground/src/questions/hits.ts. Move what they share to a file that imports none of them.',
  ],
  [
    'a circular import of types within a room',
    {
      'ground/src/questions/hits.ts': "import type { Endpoint } from './endpoint.ts';",
      'ground/src/questions/endpoint.ts': "import type { Hit } from './hits.ts';",
    },
    'These files use one another: ground/src/questions/hits.ts → ground/src/questions/endpoint.ts → ground/src/questions/hits.ts. Move what they share to a file that imports none of them.',
  ],
  [
    'an import past the exports of a package',
    { 'roof/src/index.ts': "import { GroundError } from '../../ground/src/errors.ts';" },
    "roof/src/index.ts imports '../../ground/src/errors.ts': it is not exported by ground. Import '@snoop/ground'.",
  ],
  [
    'an import of a later package',
    { 'ground/src/errors.ts': "import type { Roof } from '@snoop/roof';", 'roof/src/index.ts': '' },
    `ground/src/errors.ts imports '@snoop/roof': ground may not use roof (CONTRIBUTING.md, "Packages"). Change where the two are divided.`,
  ],
  [
    'an import of the database in a room without SQL',
    { 'ground/src/resolver/trie.ts': "import type { Pool } from '../postgres/pool.ts';\nimport pg from 'pg';" },
    "ground/src/resolver/trie.ts imports '../postgres/pool.ts': ground/src/resolver/ has no SQL. Move what needs the database to a room that has.",
    "ground/src/resolver/trie.ts imports 'pg': ground/src/resolver/ has no SQL. Move what needs the database to a room that has.",
  ],
  [
    'a query in a room without SQL',
    { 'ground/src/resolver/trie.ts': "await database.query<Row>('select 1');" },
    'ground/src/resolver/trie.ts queries the database, but ground/src/resolver/ has no SQL. Move the query to a room that has.',
  ],
  [
    'a folder without a line',
    { 'ground/src/questions/deep/hits.ts': '' },
    'ground/src/questions/deep/hits.ts is in no room. Give it a line in CONTRIBUTING.md, after the rooms that it uses.',
  ],
  [
    'a line without a folder',
    { 'ground/src/resolver/trie.ts': null },
    'CONTRIBUTING.md has a line for ground/src/resolver/, but it has no files. Remove the line.',
  ],
  [
    'tests in a folder without the name of a room',
    { 'ground/test/hits/hits.test.ts': '' },
    'ground/test/hits/ does not have the name of a room of ground/src. Move its tests to the folder of the room that they test.',
  ],
])('finds %s', (_what, changes, ...faults) => {
  expect(judge(changes)).toEqual(faults);
});

test('finds a package that may use a later one', () => {
  expect(judge({}, contributing.replace('no other package', '`roof`'))).toEqual([
    'CONTRIBUTING.md lets ground use roof, which is not on an earlier line.',
  ]);
});
