import { createHash } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isSystemError, SnoopDbError, toError } from '../errors.ts';
import { type Programs, run, runProgram, type SystemUser } from './programs.ts';
import { dataFolderIn } from './server-record.ts';

const systemFolder = '/var/lib/snoop';

/**
 * Finds the user PostgreSQL runs as: null (the current user), or for root, which PostgreSQL refuses, the owner of the
 * existing database, else `postgres`, else `nobody`.
 */
export async function findSystemUser(location: string | null): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) return null;
  const owned = location === null ? null : await stat(dataFolderIn(location)).catch(() => null);
  if (owned !== null && owned.uid > 0) return { name: `with id ${owned.uid}`, uid: owned.uid, gid: owned.gid };
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name], { as: null })));
    const [uid, gid] = ids.map(({ code, output }) => (code === 0 ? Number(output) : Number.NaN));
    if (uid !== undefined && gid !== undefined && uid > 0 && gid > 0) return { name, uid, gid };
  }
  throw new SnoopDbError(
    'server_failed',
    'PostgreSQL does not run as root, and this system has neither a user `postgres` nor `nobody`. Run this as another user, or set DATABASE_URL.',
  );
}

/**
 * Chooses the location of the database files: the folder itself, or a system location if PostgreSQL's user cannot search
 * the folder (root, in a folder with mode 0700). Does not change the mode of existing folders.
 */
export async function chooseLocation(folder: string, user: SystemUser | null): Promise<string> {
  return user === null || (await canSearch(folder, user)) ? folder : createSystemLocation(folder, user);
}

/** Tries it instead of checking modes: access lists and mount options count as well. */
async function canSearch(folder: string, user: SystemUser): Promise<boolean> {
  return (await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { as: user })).code === 0;
}

async function createSystemLocation(folder: string, user: SystemUser): Promise<string> {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const problems: string[] = [];
  for (const location of [join(systemFolder, hash), join(tmpdir(), `snoop-${hash}`)]) {
    try {
      await createOwnFolder(dirname(location), location);
      if (await canSearch(location, user)) return location;
      problems.push(`${location}: the user ${user.name} cannot search it`);
    } catch (error) {
      problems.push(`${location}: ${toError(error).message}`);
    }
  }
  throw new SnoopDbError(
    'server_failed',
    `PostgreSQL does not run as root, and its user ${user.name} cannot search ${folder}. Other locations failed too: ${problems.join('; ')}. Use a state folder that ${user.name} can search (SNOOP_STATE), or set DATABASE_URL.`,
  );
}

/** Removes an emptied system location, and the common folder if it is then empty. */
export async function removeLocation(location: string): Promise<void> {
  await rm(location, { recursive: true, force: true });
  if (dirname(location) === systemFolder) await rmdir(systemFolder).catch(() => {});
}

async function createOwnFolder(parent: string, folder: string): Promise<void> {
  const created = await mkdir(parent, { recursive: true });
  if (created !== undefined) await chmod(parent, 0o755);
  try {
    await mkdir(folder);
    await chmod(folder, 0o755);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
    // In a folder with write access for all, another user may have created it.
    const found = await lstat(folder);
    if (!found.isDirectory() || found.uid !== process.getuid?.()) {
      throw new Error('it exists and belongs to another user', { cause: error });
    }
  }
}

/** Returns programs that PostgreSQL's user can run: the given ones, or a copy of them in the location. */
export async function ensurePrograms(
  programs: Programs,
  location: string,
  user: SystemUser | null,
  onProgress: (text: string) => void,
): Promise<Programs> {
  if (user === null || (await canRun(programs, user))) return programs;
  const copy = { folder: join(location, 'programs'), version: programs.version };
  const versionFile = 'snoop-version';
  if ((await readFile(join(copy.folder, versionFile), 'utf8').catch(() => '')) === programs.version) return copy;
  onProgress(`copying PostgreSQL to ${copy.folder}, where the user ${user.name} can run it`);
  const draft = `${copy.folder}.draft`;
  await rm(draft, { recursive: true, force: true });
  await rm(copy.folder, { recursive: true, force: true });
  await cp(programs.folder, draft, { recursive: true, verbatimSymlinks: true });
  await writeFile(join(draft, versionFile), programs.version);
  // Packages installed with a strict umask are not readable by others; the copy must be.
  await run('chmod', ['-R', 'a+rX', draft], { as: null });
  await rename(draft, copy.folder);
  if (await canRun(copy, user)) return copy;
  const { output } = await runProgram(copy, 'postgres', ['--version'], { as: user });
  throw new SnoopDbError(
    'server_failed',
    `PostgreSQL in ${copy.folder} does not run as the user ${user.name}: ${output}. Set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

async function canRun(programs: Programs, user: SystemUser): Promise<boolean> {
  return (await runProgram(programs, 'postgres', ['--version'], { as: user })).code === 0;
}
