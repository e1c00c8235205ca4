import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A temporary folder for somebody else's tests. Only the user can read it. */
export interface IsolatedFolder {
  /** The sources of the tests; their current folder. */
  readonly tests: string;
  readonly home: string;
  /** For temporary files of the tests. */
  readonly temporary: string;
  /** The state folder of the run: its journal, and vite's compiled files. */
  readonly state: string;
  /** Path of a file that does not exist yet. */
  readonly kubeconfig: string;
  /** Path of a file that does not exist yet. */
  readonly job: string;
  remove(): Promise<void>;
}

/** A source, with a name that `findNameFaults` accepts. */
export interface SourceFile {
  readonly file: string;
  readonly content: string;
}

/** Creates the folder with these sources. The caller must remove it; it is also removed when this process exits. */
export async function createIsolatedFolder(sources: readonly SourceFile[]): Promise<IsolatedFolder> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'snoop-review-')));
  // A second Ctrl-C ends the process at once.
  const removeNow = (): void => rmSync(root, { recursive: true, force: true });
  process.once('exit', removeNow);
  const folders = { tests: join(root, 'tests'), home: join(root, 'home'), temporary: join(root, 'tmp') };
  for (const folder of Object.values(folders)) await mkdir(folder, { mode: 0o700 });
  for (const { file, content } of sources) {
    const path = join(folders.tests, file);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, content, { flag: 'wx', mode: 0o600 });
  }
  return {
    ...folders,
    state: join(root, 'state'),
    kubeconfig: join(root, 'kubeconfig'),
    job: join(root, 'job.json'),
    async remove() {
      process.off('exit', removeNow);
      // A process that the tests left may still write.
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
