import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of the test's own, outside of the project, removed after it. */
export async function makeFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'snoop-workbench-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
