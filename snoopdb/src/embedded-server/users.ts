import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity, thisProcess } from '../processes/process-identity.ts';
import { writeFileAtomically } from '../processes/atomic-file.ts';

/** A process that uses the server; the last one stops it. */
export interface ServerUser extends ProcessIdentity {
  /** Name for display, for example `snoop up`. */
  readonly user: string;
}

/** Registers this process and returns the file of the registration; a process can register several times. */
export async function registerUser(folder: string, user: string): Promise<string> {
  const usersFolder = join(folder, 'users');
  await mkdir(usersFolder, { recursive: true, mode: 0o700 });
  const file = join(usersFolder, `${process.pid}-${randomUUID()}.json`);
  writeFileAtomically(file, JSON.stringify({ ...thisProcess(), user } satisfies ServerUser));
  return file;
}

/** Lists the users that are still alive. */
export async function listUsers(folder: string): Promise<ServerUser[]> {
  return (await readUsers(folder)).flatMap(({ user }) => (user !== null && isAlive(user) ? [user] : []));
}

/** Removes users that ended without releasing the server, and returns the others. Call it under the lock. */
export async function pruneUsers(folder: string): Promise<ServerUser[]> {
  const left: ServerUser[] = [];
  for (const { file, user } of await readUsers(folder)) {
    if (user !== null && isAlive(user)) left.push(user);
    else await rm(file, { force: true });
  }
  return left;
}

async function readUsers(folder: string): Promise<{ file: string; user: ServerUser | null }[]> {
  const usersFolder = join(folder, 'users');
  const names = await readdir(usersFolder).catch(() => []);
  return Promise.all(
    names.map(async (name) => {
      const file = join(usersFolder, name);
      return { file, user: name.endsWith('.json') ? await readUser(file) : null };
    }),
  );
}

async function readUser(file: string): Promise<ServerUser | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ServerUser;
  } catch {
    return null;
  }
}
