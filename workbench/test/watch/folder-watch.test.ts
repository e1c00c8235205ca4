import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FolderWatch } from '../../src/watch/folder-watch.ts';
import { makeFolder } from '../support/folder.ts';

test('follows a folder that was removed and created again', async () => {
  const folder = join(await makeFolder(), 'tests');
  mkdirSync(folder);
  const watch = new FolderWatch();
  onTestFinished(() => watch.close());
  await watch.follow([folder], []);
  // It may get the same inode.
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  await watch.next(AbortSignal.timeout(5_000));
  await watch.follow([folder], []);
  await watch.next(AbortSignal.timeout(500));
  await watch.follow([folder], []);
  const signal = AbortSignal.timeout(5_000);
  setTimeout(() => writeFileSync(join(folder, 'a.live.ts'), ''), 200);
  await watch.next(signal);
  expect(signal.aborted).toBe(false);
});
