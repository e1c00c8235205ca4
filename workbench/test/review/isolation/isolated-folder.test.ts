import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createIsolatedEnvironment } from '../../../src/review/isolation/isolated-environment.ts';
import { createIsolatedFolder } from '../../../src/review/isolation/isolated-folder.ts';

test('writes the sources into a folder that only the user can read, and removes it', async () => {
  const folder = await createIsolatedFolder([{ file: 'a/b.live.ts', content: 'one' }]);
  onTestFinished(folder.remove);
  expect(await readFile(join(folder.tests, 'a/b.live.ts'), 'utf8')).toBe('one');
  const root = join(folder.tests, '..');
  expect((await stat(root)).mode & 0o777).toBe(0o700);
  await writeFile(join(folder.home, 'left'), '');
  await folder.remove();
  expect(existsSync(root)).toBe(false);
});

test('passes on programs and locale, nothing else', () => {
  const env = {
    ...{ PATH: '/bin', LANG: 'de_DE.UTF-8', LC_ALL: 'C', TZ: 'UTC', HOME: '/home/ada', TMPDIR: '/tmp' },
    ...{
      KUBECONFIG: 'x',
      DATABASE_URL: 'x',
      PGPASSWORD: 'x',
      GITHUB_TOKEN: 'x',
      SSH_AUTH_SOCK: 'x',
      NODE_OPTIONS: 'x',
    },
    ...{ AWS_PROFILE: 'x', LC_: 'x', PATH_: 'x', SNOOP_STATE: 'x', HTTPS_PROXY: 'x', CI: undefined },
  };
  expect(createIsolatedEnvironment(env, { home: '/isolated/home', temporary: '/isolated/tmp' })).toEqual({
    ...{ PATH: '/bin', LANG: 'de_DE.UTF-8', LC_ALL: 'C', TZ: 'UTC' },
    ...{ HOME: '/isolated/home', TMPDIR: '/isolated/tmp', NO_COLOR: '1' },
  });
});
