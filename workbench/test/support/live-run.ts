import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { performRun } from '../../src/run/perform-run.ts';
import type { RunOptions } from '../../src/run/perform-run.ts';
import type { RunOutcome } from '../../src/run/record-run.ts';
import type { OpenDatabase } from '../../src/cluster-choice/open-database.ts';
import { selectTarget } from '../../src/cluster-choice/select-target.ts';
import type { ControlPlane } from '../../src/control-plane/state.ts';
import { findTestFiles } from '../../src/vitest-run/test-files.ts';
import { makeFolder } from './folder.ts';
import { noOrigin } from './run-origin.ts';

export interface LiveRun extends RunOutcome {
  /** The output of vitest and the tests. */
  readonly printed: string;
  readonly stateFolder: string;
}

/** Runs live tests, given as sources by file name, on the shared control plane, in a folder outside of this project. */
export async function runLive(
  controlPlane: ControlPlane,
  database: OpenDatabase,
  sources: Readonly<Record<string, string>>,
  changes: Partial<RunOptions> = {},
): Promise<LiveRun> {
  const cwd = await makeFolder();
  for (const [name, source] of Object.entries(sources)) await writeFile(join(cwd, name), source);
  const stateFolder = await makeFolder();
  let printed = '';
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      printed += chunk.toString();
      done();
    },
  });
  const target = await selectTarget({
    kubeconfig: undefined,
    context: undefined,
    environment: readEnvironment({}),
    stateFolder: controlPlane.folder,
    cwd,
    progress: silentProgress,
  });
  const outcome = await performRun({
    target,
    database,
    stateFolder,
    files: await findTestFiles([], cwd),
    author: 'vitest',
    origin: noOrigin,
    cwd,
    output,
    progress: silentProgress,
    signal: new AbortController().signal,
    ...changes,
  });
  return { ...outcome, printed, stateFolder };
}

/** States and errors of a run's tests, by name. */
export function statesOf({ record }: LiveRun): Record<string, string> {
  return Object.fromEntries(
    record.tests.map(({ name, state, error }) => [name, error === null ? state : `${state}: ${error}`]),
  );
}

/** Calls a function once, when `text` is printed. */
export function actWhenPrinted(text: string, act: () => unknown): Writable {
  let acted = false;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!acted && chunk.toString().includes(text)) {
        acted = true;
        act();
      }
      done();
    },
  });
}
