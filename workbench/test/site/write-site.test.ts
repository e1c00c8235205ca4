import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeSite } from '../../src/site/write-site.ts';
import { makeFolder } from '../support/folder.ts';

test('a site can be written where an earlier one was interrupted, and replaces what that one left', async () => {
  const folder = join(await makeFolder(), 'site');
  const broken = [
    { name: 'data/a.json.gz', content: 'old' },
    { name: 'data/b.json.gz', content: 'old' },
    // No file system accepts it.
    { name: '\0.html', content: '' },
  ];
  await expect(writeSite(folder, broken)).rejects.toMatchObject({ code: 'cannot_write' });
  const whole = [{ name: 'data/a.json.gz', content: 'new' }];
  expect(await writeSite(folder, whole)).toMatchObject({ files: 1, written: 1, deleted: 1 });
  expect(await readFile(join(folder, 'data/a.json.gz'), 'utf8')).toBe('new');
  await expect(readFile(join(folder, 'data/b.json.gz'))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(JSON.parse(await readFile(join(folder, 'site.json'), 'utf8'))).toEqual(['data/a.json.gz']);
});
