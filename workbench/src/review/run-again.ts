import { exportRun, type RunDocument, type RunOrigin } from '@snoop/snoopdb';
import type { DatabaseInUse } from '../cluster-choice/with-database.ts';
import type { Target } from '../cluster-choice/select-target.ts';
import type { Context } from '../context.ts';
import { SnoopError } from '../errors.ts';
import type { EvidenceLimits } from '../evidence/outage.ts';
import { recordRun } from '../run/record-run.ts';
import { createIsolatedFolder } from './isolation/isolated-folder.ts';
import { runIsolatedTests } from './isolation/isolated-process.ts';

export interface RunAgainOptions {
  readonly context: Context;
  readonly target: Target;
  readonly database: DatabaseInUse;
  readonly author: string | null;
  readonly origin: RunOrigin;
  readonly limits: EvidenceLimits;
  readonly testTimeoutMs: number | undefined;
  readonly runTimeoutMs: number;
}

/**
 * Runs the tests of a run again, from its own sources, isolated.
 *
 * @returns the new run
 * @throws SnoopError as `recordRun`; SnoopDbError as `exportRun`
 */
export async function runAgain({ files, tests }: RunDocument, options: RunAgainOptions): Promise<RunDocument> {
  const { context, target, database, author, origin, limits, testTimeoutMs, runTimeoutMs } = options;
  const { environment, progress, signal } = context;
  const folder = await createIsolatedFolder(files.map(({ file, content }) => ({ file, content: content ?? '' })));
  try {
    const { runId } = await recordRun<boolean>(
      {
        ...{ target, database, author, origin, limits, progress, signal },
        stateFolder: folder.state,
        cwd: folder.tests,
        namespace: environment.namespace,
      },
      {
        perform: (run) =>
          runIsolatedTests(
            {
              ...{ folder, testTimeoutMs, runTimeoutMs, signal },
              testFiles: [...new Set(tests.map(({ file }) => file))],
              env: environment.forPrograms,
              print: (line) => progress.print(`| ${line}`),
            },
            run,
          ),
        deriveState(passed) {
          if (passed === true) return 'passed';
          return signal.aborted ? 'interrupted' : 'failed';
        },
      },
    );
    signal.throwIfAborted();
    return await exportRun(database.pool, runId);
  } catch (error) {
    if (!(error instanceof SnoopError) || error.code !== 'database_away') throw error;
    throw new SnoopError('database_away', 'SnoopDB is away: the run cannot be compared, and its journal is deleted.', {
      cause: error,
      advice: ["'snoop status' shows what runs here."],
    });
  } finally {
    await folder.remove();
  }
}
