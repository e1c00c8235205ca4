import { createHash } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isSystemError, SnoopDbError, toError } from '../errors.ts';
import { type Programs, run, runProgram, type SystemUser } from './programs.ts';
import { dataFolderIn } from './server-record.ts';

/** Where services keep their data. */
const systemFolder = '/var/lib/snoop';

/**
 * The user PostgreSQL runs as: nobody else (null) for ordinary people; for root, which PostgreSQL refuses, whoever owns
 * the database already, else `postgres` if the system has it, else `nobody`.
 */
export async function findSystemUser(home: string | null): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) return null;
  const owned = home === null ? null : await stat(dataFolderIn(home)).catch(() => null);
  if (owned !== null && owned.uid > 0) return { name: `with id ${owned.uid}`, uid: owned.uid, gid: owned.gid };
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name], { as: null })));
    const [uid, gid] = ids.map(({ code, output }) => (code === 0 ? Number(output) : Number.NaN));
    if (uid !== undefined && gid !== undefined && uid > 0 && gid > 0) return { name, uid, gid };
  }
  throw new SnoopDbError(
    'server_failed',
    'PostgreSQL does not run as root, and this system has neither a user `postgres` nor `nobody`. Run as an ordinary user, or set DATABASE_URL.',
  );
}

/**
 * Decides where the database's files go: into the folder itself, or, when PostgreSQL's user cannot search it (root below
 * a folder of mode 0700), to a place of the system. No mode of an existing folder is changed.
 */
export async function chooseLocation(folder: string, user: SystemUser | null): Promise<string> {
  return user === null || (await canSearch(folder, user)) ? folder : createSystemLocation(folder, user);
}

/** Tried, not computed from modes: access lists and mount options count as well. */
async function canSearch(folder: string, user: SystemUser): Promise<boolean> {
  return (await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { as: user })).code === 0;
}

async function createSystemLocation(folder: string, user: SystemUser): Promise<string> {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const refusals: string[] = [];
  for (const place of [join(systemFolder, hash), join(tmpdir(), `snoop-${hash}`)]) {
    try {
      await createOwnFolder(dirname(place), place);
      if (await canSearch(place, user)) return place;
      refusals.push(`${place}: the user ${user.name} cannot search it`);
    } catch (error) {
      refusals.push(`${place}: ${toError(error).message}`);
    }
  }
  throw new SnoopDbError(
    'server_failed',
    `PostgreSQL does not run as root, and its user ${user.name} cannot search ${folder}. No other place was found either: ${refusals.join('; ')}. Use a state folder that ${user.name} can search (SNOOP_STATE), or set DATABASE_URL.`,
  );
}

/** Removes an emptied place, and the folder of all places when this was the last. */
export async function removeLocation(place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  if (dirname(place) === systemFolder) await rmdir(systemFolder).catch(() => {});
}

async function createOwnFolder(parent: string, place: string): Promise<void> {
  const made = await mkdir(parent, { recursive: true });
  if (made !== undefined) await chmod(parent, 0o755);
  try {
    await mkdir(place);
    await chmod(place, 0o755);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
    // In a folder where everyone may write, somebody else could have made it before us.
    const found = await lstat(place);
    if (!found.isDirectory() || found.uid !== process.getuid?.()) {
      throw new Error('it exists and belongs to someone else', { cause: error });
    }
  }
}

/** The programs themselves, or a copy of them in the home when PostgreSQL's user cannot reach these. */
export async function ensurePrograms(
  programs: Programs,
  home: string,
  user: SystemUser | null,
  onProgress: (text: string) => void,
): Promise<Programs> {
  if (user === null || (await canRun(programs, user))) return programs;
  const copy = { folder: join(home, 'programs'), version: programs.version };
  const versionFile = 'snoop-version';
  if ((await readFile(join(copy.folder, versionFile), 'utf8').catch(() => '')) === programs.version) return copy;
  onProgress(`copying PostgreSQL to ${copy.folder}, where the user ${user.name} can run it`);
  const draft = `${copy.folder}.draft`;
  await rm(draft, { recursive: true, force: true });
  await rm(copy.folder, { recursive: true, force: true });
  await cp(programs.folder, draft, { recursive: true, verbatimSymlinks: true });
  await writeFile(join(draft, versionFile), programs.version);
  // An installation made with a strict umask is closed to others; the copy is not.
  await run('chmod', ['-R', 'a+rX', draft], { as: null });
  await rename(draft, copy.folder);
  if (await canRun(copy, user)) return copy;
  const { output } = await runProgram(copy, 'postgres', ['--version'], { as: user });
  throw new SnoopDbError(
    'server_failed',
    `PostgreSQL's programs in ${copy.folder} do not run as the user ${user.name}: ${output}. Set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

async function canRun(programs: Programs, user: SystemUser): Promise<boolean> {
  return (await runProgram(programs, 'postgres', ['--version'], { as: user })).code === 0;
}
