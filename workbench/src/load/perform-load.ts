import { listShippedReleases, loadHistory, SnoopDbError, useBaseline } from '@snoop/snoopdb';
import { openDatabase } from '../cluster-choice/open-database.ts';
import { findHomeTarget, selectTarget } from '../cluster-choice/select-target.ts';
import type { Context } from '../context.ts';
import { resolveStateFolder } from '../control-plane/state-folder.ts';
import { SnoopError } from '../errors.ts';
import { disarm } from '../output/disarm.ts';
import { loadAudit } from './audit.ts';
import { loadBaselines } from './baselines.ts';
import { loadCluster } from './cluster.ts';
import { loadDocuments } from './documents.ts';
import { findAll } from './inputs.ts';
import type { LoadRequest } from './request.ts';
import type { LoadStep, LoadSummary } from './summary.ts';
import { untilAborted } from './until-aborted.ts';

/**
 * Does what was asked, in the database in use.
 *
 * @throws SnoopError with exit code 2 for wrong use, 3 for what could not be loaded; it says which files are loaded
 */
export async function performLoad(request: LoadRequest, context: Context): Promise<LoadSummary> {
  const { flags, kind } = request;
  const { environment, cwd, progress, signal } = context;
  // Everything that can be wrong use is looked at before a database is started for it.
  const inputs = kind === 'baseline' && flags.url === undefined ? [] : await findAll(request, context);
  const stateFolder = resolveStateFolder({ state: flags.state, stateFolder: environment.stateFolder, cwd });
  const { kubeconfig, context: kubeContext } = flags;
  const target = flags.cluster
    ? await selectTarget({ kubeconfig, context: kubeContext, environment, stateFolder, cwd, progress })
    : await findHomeTarget(stateFolder);
  const databaseUrl = flags['database-url'];
  const database = await openDatabase({
    target,
    databaseUrl,
    environment,
    stateFolder,
    user: 'snoop load',
    progress,
  });
  const loads: LoadStep[] = [];
  try {
    const work = async (): Promise<void> => {
      await loadHistory(database.pool);
      const given = { request, context, pool: database.pool, done: (step: LoadStep) => void loads.push(step) };
      if (flags.cluster && target) await loadCluster({ ...given, target });
      else if (kind === 'baseline') await loadBaselines({ ...given, inputs });
      else if (kind === 'audit') await loadAudit({ ...given, inputs });
      else await loadDocuments({ ...given, kind, inputs });
      const release = loads.at(-1)?.release;
      if (flags.use && release) {
        await useBaseline(database.pool, release);
        progress.say(`The baseline in use is ${release}.`);
      }
    };
    await untilAborted(work(), signal);
    return { loads };
  } catch (error) {
    throw await explain(error, loads);
  } finally {
    await database.release();
  }
}

/** What was mistyped is wrong use; the rest could not be done. Either way it is said what is loaded all the same. */
async function explain(error: unknown, loads: readonly LoadStep[]): Promise<unknown> {
  const before = loads.length === 0 ? [] : [`Loaded before that: ${loads.map((load) => load.name).join(', ')}.`];
  if (error instanceof SnoopError) {
    const { code, message, exitCode } = error;
    return new SnoopError(code, message, { exitCode, advice: [...error.advice, ...before], cause: error.cause });
  }
  if (!(error instanceof SnoopDbError)) return error;
  const isWrongUse = error.code === 'bad_release' || error.code === 'unknown_release';
  const advice =
    error.code === 'unknown_release' && !error.message.includes('which ship')
      ? [`Which ship: ${(await listShippedReleases()).join(', ')}.`]
      : [];
  return new SnoopError(error.code, disarm(error.message), {
    exitCode: isWrongUse ? 2 : 3,
    advice: [...advice, ...before],
    cause: error,
  });
}
