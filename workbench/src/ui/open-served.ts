import { join } from 'node:path';
import { hasEmbeddedDatabase, inspectEmbeddedServer } from '@snoop/snoopdb';
import { openDatabase, shippedKey } from '../cluster-choice/open-database.ts';
import { findStateTarget } from '../cluster-choice/select-target.ts';
import type { Context } from '../context.ts';
import { SnoopError } from '../errors.ts';
import { type OpenedDatabase, serveDatabase, type ServedDatabase } from './served-database.ts';

/** Keeps the SnoopDB of a state folder open for the page, or another one, or the shipped data. */
export async function openServedDatabase(
  { environment, progress }: Pick<Context, 'environment' | 'progress'>,
  { stateFolder, databaseUrl }: { readonly stateFolder: string; readonly databaseUrl: string | undefined },
): Promise<ServedDatabase> {
  let ownsServer = false;
  /** Why the database could not be used when it last ran; more useful than that it is stopped since. */
  let unusable: unknown = null;

  async function open(isFirst: boolean): Promise<OpenedDatabase> {
    const target = databaseUrl === undefined ? await findStateTarget(stateFolder) : null;
    const isNamed = databaseUrl !== undefined || target !== null || environment.databaseUrl !== null;
    if (!isFirst && !ownsServer && !isNamed) await checkNotStopped(stateFolder, unusable);
    const choice = { target, databaseUrl, environment, stateFolder, user: 'snoop ui', progress };
    const found = await openDatabase({ ...choice, ifMissing: 'shipped data' }).catch((error: unknown) => {
      unusable = error;
      throw error;
    });
    unusable = null;
    ownsServer = found.startedHere || found.key === shippedKey;
    return { pool: found.pool, note: explainSilence(found, stateFolder), release: found.release };
  }

  return serveDatabase({
    open,
    locate: async () =>
      (databaseUrl === undefined ? await findStateTarget(stateFolder) : null)?.stateCluster.snoopdb.url ?? null,
    log: progress.print,
  });
}

/** A server that `snoop down` stopped stays stopped. */
async function checkNotStopped(stateFolder: string, unusable: unknown): Promise<void> {
  const folder = join(stateFolder, 'snoopdb');
  if (!(await hasEmbeddedDatabase(folder)) || (await inspectEmbeddedServer(folder))?.running === true) return;
  if (unusable !== null) throw unusable;
  throw new SnoopError('database_away', `SnoopDB in ${stateFolder} is stopped.`, {
    advice: ["'snoop up' starts it; this page then continues."],
  });
}

function explainSilence(
  { key, startedHere }: { readonly key: string; readonly startedHere: boolean },
  stateFolder: string,
): string | null {
  if (key === shippedKey) {
    return "These are the data that ship with snoop: no events arrive. 'snoop up' starts a cluster, which this page then follows.";
  }
  return startedHere ? `No cluster runs in ${stateFolder}: no events arrive before 'snoop up'.` : null;
}
