import type { Context } from '../context.ts';
import { resolveStateFolder } from '../state-folder.ts';
import type { DatabaseChoice, FoundDatabase } from './open-database.ts';
import { openDatabase } from './open-database.ts';
import type { Target } from './select-target.ts';
import { findStateTarget } from './select-target.ts';

/** The flags that choose a SnoopDB. */
export interface DatabaseFlags {
  readonly databaseUrl?: string | undefined;
  readonly state?: string | undefined;
}

/** An open database with its target. */
export interface DatabaseInUse extends FoundDatabase {
  readonly stateFolder: string;
  readonly target: Target | null;
}

/**
 * Opens a command's database, and closes it afterwards.
 *
 * @param options.target the cluster whose database it is; default: the state folder's
 */
export async function withDatabase<T>(
  { environment, cwd, progress }: Context,
  flags: DatabaseFlags,
  options: Pick<DatabaseChoice, 'user' | 'migrate' | 'ifMissing'> & { readonly target?: Target | null | undefined },
  work: (database: DatabaseInUse) => Promise<T>,
): Promise<T> {
  const stateFolder = resolveStateFolder({ state: flags.state, stateFolder: environment.stateFolder, cwd });
  const target = options.target === undefined ? await findStateTarget(stateFolder) : options.target;
  const databaseUrl = flags.databaseUrl;
  const database = await openDatabase({ ...options, target, databaseUrl, environment, stateFolder, progress });
  try {
    return await work({ ...database, stateFolder, target });
  } finally {
    await database.release();
  }
}
