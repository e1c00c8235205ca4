import { listShippedReleases, loadHistory, SnoopDbError, useBaseline } from '@snoop/snoopdb';
import type { LoadInput, Pool } from '@snoop/snoopdb';
import { selectTarget } from '../cluster-choice/select-target.ts';
import { watchForUnused } from '../cluster-choice/unused-database.ts';
import { withDatabase } from '../cluster-choice/with-database.ts';
import type { Context } from '../context.ts';
import { resolveStateFolder } from '../state-folder.ts';
import { SnoopError } from '../errors.ts';
import { escapeControlCharacters } from '../output/control-characters.ts';
import { type AuditSource, loadAudit } from './audit.ts';
import { type AuditArgument, findAuditArguments } from './audit-argument.ts';
import { findAuditReleases } from './audit-release.ts';
import { loadBaselines } from './baselines.ts';
import { loadCluster } from './cluster.ts';
import { loadDocuments } from './documents.ts';
import { findAll, requireContent } from './inputs.ts';
import type { LoadRequest } from './request.ts';
import type { LoadStep, LoadSummary } from './summary.ts';
import { untilAborted } from './until-aborted.ts';

/**
 * Loads what the request names into the database in use. A new database in which nothing was stored is removed.
 *
 * @throws SnoopError with exit code 2 for wrong use, else 3; its advice names the files that were loaded before
 */
export async function performLoad(request: LoadRequest, context: Context): Promise<LoadSummary> {
  const { flags, kind } = request;
  const { environment, cwd, progress, signal } = context;
  // Wrong use is found before a database is started.
  const audited = kind === 'audit' ? await findAuditArguments(request, context) : [];
  const inputs = await listInputs(request, audited, context);
  const stateFolder = resolveStateFolder({ state: flags.state, stateFolder: environment.stateFolder, cwd });
  const { kubeconfig, context: kubeContext } = flags;
  const named = { kubeconfig, context: kubeContext, environment, stateFolder, cwd, progress };
  const cluster = flags.cluster ? await selectTarget(named) : undefined;
  let isRemoved = false;
  const unused = await watchForUnused(stateFolder);
  const loads: LoadStep[] = [];
  const perform = async (work: () => Promise<void>): Promise<void> => {
    try {
      await untilAborted(work(), signal);
    } catch (error) {
      throw await explain(error, loads);
    }
  };
  try {
    let sources: readonly AuditSource[] = [];
    await perform(async () => {
      await requireContent(request, inputs, signal);
      sources = await findAuditReleases(audited, flags.release, context);
    });
    const choice = { user: 'snoop load', target: cluster, ifMissing: 'create' } as const;
    await withDatabase(context, flags, choice, (database) =>
      perform(() => loadInto(database.pool, sources)).finally(() => unused.check(database)),
    );
  } finally {
    await Promise.all(inputs.map((input) => input.close()));
    isRemoved = await unused.remove().catch(() => false);
    if (isRemoved) progress.print('The new database was removed, because nothing was stored in it.');
  }
  return { loads, isRemoved };

  async function loadInto(pool: Pool, sources: readonly AuditSource[]): Promise<void> {
    await loadHistory(pool);
    const given = { request, context, pool, done: (step: LoadStep) => void loads.push(step) };
    if (cluster) {
      await loadCluster({ ...given, target: cluster });
    } else if (kind === 'baseline') await loadBaselines({ ...given, inputs });
    else if (kind === 'audit') await loadAudit({ ...given, sources });
    else await loadDocuments({ ...given, kind, inputs });
    const release = loads.at(-1)?.release;
    if (flags.use && release) {
      await useBaseline(pool, release);
      progress.print(`The baseline in use is ${release}.`);
    }
  }
}

async function listInputs(
  request: LoadRequest,
  audited: readonly AuditArgument[],
  context: Context,
): Promise<LoadInput[]> {
  const { kind, flags } = request;
  if (kind === 'audit') return audited.flatMap(({ inputs }) => inputs);
  return kind === 'baseline' && flags.url === undefined ? [] : findAll(request, context);
}

/** Adds the files that were loaded before, and the exit code of wrong use. */
async function explain(error: unknown, loads: readonly LoadStep[]): Promise<unknown> {
  const before = loads.length === 0 ? [] : [`Loaded before that: ${loads.map((load) => load.name).join(', ')}.`];
  if (error instanceof SnoopError) {
    const { code, message, exitCode } = error;
    return new SnoopError(code, message, { exitCode, advice: [...error.advice, ...before], cause: error.cause });
  }
  if (!(error instanceof SnoopDbError)) return error;
  const advice =
    error.code === 'unknown_release' ? [`Releases that ship: ${(await listShippedReleases()).join(', ')}.`] : [];
  return new SnoopError(error.code, escapeControlCharacters(error.message), {
    exitCode: ['bad_release', 'not_shipped', 'unknown_release'].includes(error.code) ? 2 : 3,
    advice: [...advice, ...before],
    cause: error,
  });
}
