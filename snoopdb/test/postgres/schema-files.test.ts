import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

/** What is wrong with the files of the released versions in a changelog: each version has its digests in the folder. */
function findChanged(changelog: string, folder: string): string[] {
  const released = [...changelog.matchAll(/^## (\S+)(.*)$/gm)]
    .filter(([, , note]) => !note?.includes('unreleased'))
    .map(([, version]) => version);
  return released.flatMap((version) => {
    const list = join(folder, `${version}.sha256`);
    if (!existsSync(list)) return [`${version}.sha256 is missing`];
    const lines = readFileSync(list, 'utf8').trim().split('\n');
    return lines.flatMap((line) => {
      const [digest, name = ''] = line.split(/\s+/);
      const file = join(folder, name);
      const found = existsSync(file) && createHash('sha256').update(readFileSync(file)).digest('hex');
      return found === digest ? [] : [`${name} is not as ${version} has it`];
    });
  });
}

test('the files of released versions have not changed', () => {
  const folder = fileURLToPath(new URL('../../sql', import.meta.url));
  const changelog = readFileSync(new URL('../../../CHANGELOG.md', import.meta.url), 'utf8');
  expect(findChanged(changelog, folder)).toEqual([]);
});

test('after the first release, files may be added but not changed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'schema-files-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  const changelog = '# Changelog\n\n## 0.2.0 (unreleased)\n\n- More.\n\n## 0.1.0\n\n- Something.\n';
  await write('0001_a.sql', 'select 1;\n');
  await write('0002_b.sql', 'select 2;\n');
  expect(findChanged('## 0.1.0 (unreleased)\n', folder)).toEqual([]);
  expect(findChanged(changelog, folder)).toEqual(['0.1.0.sha256 is missing']);
  // As sha256sum prints it.
  await write(
    '0.1.0.sha256',
    `4a45092ccf992ea92250053a80b931b787924ba61648f420555511b84f10ab6c  0001_a.sql
ac4396cdee0295db27f816dc31134189999d0071663e618f4957bc23edb584d7  0002_b.sql
`,
  );
  expect(findChanged(changelog, folder)).toEqual([]);
  await write('0003_c.sql', 'select 3;\n');
  expect(findChanged(changelog, folder)).toEqual([]);
  await write('0001_a.sql', 'select 11;\n');
  await rm(join(folder, '0002_b.sql'));
  expect(findChanged(changelog, folder)).toEqual([
    '0001_a.sql is not as 0.1.0 has it',
    '0002_b.sql is not as 0.1.0 has it',
  ]);
});
