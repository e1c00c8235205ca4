import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Creates a folder for the test outside of the project, removed after it. */
export async function makeFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'snoop-workbench-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
