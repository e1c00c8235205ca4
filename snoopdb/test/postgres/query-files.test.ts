import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const packages = ['snoopdb', 'auditlogger', 'workbench'];
const root = join(import.meta.dirname, '../../..');

const sources = packages.flatMap((name) => {
  const folder = join(root, name, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.map((file) => ({ file: join(name, file), text: readFileSync(join(folder, file), 'utf8') }));
});

test('statements of ten lines or more are in sql/queries, except those that are built from parts', () => {
  const long = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/[(=]\s*`(\s*(?:select|with|insert into|update|delete from)\s[^`]*)`/g)]
      .filter(([, statement = '']) => !statement.includes('${') && statement.trim().split('\n').length >= 10)
      .map(([, statement = '']) => `${file}: ${statement.trim().slice(0, 40)}`),
  );
  expect(long).toEqual([]);
});

test('every file in sql/queries is used', () => {
  const names = readdirSync(join(root, 'snoopdb/sql/queries')).map((file) => file.replace(/\.sql$/, ''));
  const read = sources.flatMap(({ text }) =>
    [...text.matchAll(/readQuerySql\((['`])([\w-]*)(?:\$\{[^}]*\})?([\w-]*)\1\)/g)].map(
      ([, , first = '', last = '']) => new RegExp(`^${first}[a-z]*${last}$`),
    ),
  );
  expect(names.filter((name) => !read.some((pattern) => pattern.test(name)))).toEqual([]);
});
