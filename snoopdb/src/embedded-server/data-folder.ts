import { randomBytes, randomUUID } from 'node:crypto';
import { access, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SnoopDbError } from '../errors.ts';
import { type Programs, runProgram, type RunResult, type SystemUser } from './programs.ts';
import { dataFolderIn, readPassword, writePassword } from './server-record.ts';

/** Whether the location has a complete database. */
export function hasDatabase(location: string): Promise<boolean> {
  return access(join(dataFolderIn(location), 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

const draftPrefix = 'data.draft-';

/** Removes the drafts of interrupted starts. A draft that is still being written is removed by a later start. */
export async function removeDrafts(location: string): Promise<void> {
  const drafts = (await readdir(location)).filter((name) => name.startsWith(draftPrefix));
  for (const name of drafts) await rm(join(location, name), { recursive: true, force: true }).catch(() => {});
}

/**
 * Creates the database: runs initdb, then creates the role `apisnoop` (not a superuser, as on a managed PostgreSQL) and its
 * database. Works in a draft folder that is renamed at the end, so that an interrupted start leaves no incomplete database.
 */
export async function createDatabase(
  folder: string,
  location: string,
  programs: Programs,
  user: SystemUser | null,
): Promise<void> {
  const dataFolder = dataFolderIn(location);
  // A unique name: the initdb of a killed process may still be writing to its draft.
  const draft = join(location, `${draftPrefix}${randomUUID()}`);
  await rm(dataFolder, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });

  const password = createPassword();
  const secret = join(draft, 'secret');
  const cluster = join(draft, 'data');
  await writeFile(secret, `${password}\n`, { mode: 0o600 });
  await mkdir(cluster, { mode: 0o700 });
  if (user !== null) for (const path of [secret, cluster, draft]) await chown(path, user.uid, user.gid);

  const initdb = [
    '--pgdata',
    cluster,
    '--username=postgres',
    `--pwfile=${secret}`,
    '--auth=scram-sha-256',
    '--no-instructions',
  ];
  // The builtin provider sorts by code point, the same on every machine, unlike the C library.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  checkExitCode('initdb', await runProgram(programs, 'initdb', [...initdb, ...locale], { as: user }));

  await runSingleUser(cluster, programs, user, [
    `create role apisnoop login createdb password '${password}'`,
    'create database apisnoop owner apisnoop',
    `comment on database apisnoop is 'SnoopDB: audit events and API coverage'`,
  ]);

  writePassword(folder, password);
  await rename(cluster, dataFolder);
  await rm(draft, { recursive: true, force: true });
}

/** Sets a new password for the roles of a stopped database if the password file is missing. */
export async function ensurePassword(
  folder: string,
  location: string,
  programs: Programs,
  user: SystemUser | null,
): Promise<void> {
  if ((await readPassword(folder)) !== null) return;
  const password = createPassword();
  await runSingleUser(
    dataFolderIn(location),
    programs,
    user,
    ['postgres', 'apisnoop'].map((role) => `alter role ${role} password '${password}'`),
  );
  writePassword(folder, password);
}

/** Hexadecimal, so that neither SQL nor a URL has to escape it. */
function createPassword(): string {
  return randomBytes(24).toString('hex');
}

/** Runs statements in a single-user server. It opens no port, so no client can connect to an incomplete database. */
async function runSingleUser(
  cluster: string,
  programs: Programs,
  user: SystemUser | null,
  sql: readonly string[],
): Promise<void> {
  const args = ['--single', '-j', '-c', 'exit_on_error=on', '-c', 'log_checkpoints=off', '-D', cluster, 'postgres'];
  // With -j a statement ends at a semicolon and a blank line.
  const input = sql.map((statement) => `${statement};\n\n`).join('');
  checkExitCode('postgres --single', await runProgram(programs, 'postgres', args, { as: user, input }));
}

function checkExitCode(what: string, { code, output }: RunResult): void {
  if (code === 0) return;
  const lines = output.split('\n').slice(-12).join('\n');
  throw new SnoopDbError(
    'server_failed',
    `The database could not be created: ${what} ended with ${code ?? 'no exit code'}. Its output:\n${lines}`,
  );
}
