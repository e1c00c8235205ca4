import type { FoundDatabase } from '../../cluster-choice/open-database.ts';
import type { Context } from '../../context.ts';

/** The flags that every sub-command takes. */
export const databaseOptions = { 'database-url': { type: 'string' }, state: { type: 'string' } } as const;

export interface DatabaseFlags {
  readonly 'database-url'?: string | undefined;
  readonly state?: string | undefined;
}

/**
 * Opens the database in use for a sub-command, and closes it afterwards.
 * @param options.migrate false: its schema stays as it is
 */
export async function withDatabase<T>(
  context: Context,
  flags: DatabaseFlags,
  options: { readonly user: string; readonly migrate?: boolean },
  work: (database: FoundDatabase) => Promise<T>,
): Promise<T> {
  const { environment, cwd, progress } = context;
  const { resolveStateFolder } = await import('../../control-plane/state-folder.ts');
  const stateFolder = resolveStateFolder({ state: flags.state, stateFolder: environment.stateFolder, cwd });
  const { findHomeTarget } = await import('../../cluster-choice/select-target.ts');
  const { openDatabase } = await import('../../cluster-choice/open-database.ts');
  const database = await openDatabase({
    target: await findHomeTarget(stateFolder),
    databaseUrl: flags['database-url'],
    environment,
    stateFolder,
    progress,
    ...options,
  });
  try {
    return await work(database);
  } finally {
    await database.release();
  }
}
