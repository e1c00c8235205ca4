import { randomBytes, randomUUID } from 'node:crypto';
import { access, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SnoopDbError } from '../errors.ts';
import { type Programs, runProgram, type RunResult, type SystemUser } from './programs.ts';
import { dataFolderIn, readPassword, writePassword } from './server-record.ts';

/** Whether the home holds a whole database. */
export function hasDatabase(home: string): Promise<boolean> {
  return access(join(dataFolderIn(home), 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

const draftPrefix = 'data.draft-';

/** Removes what interrupted starts left; what cannot be removed now, because it is still being written, is left for later. */
export async function removeDrafts(home: string): Promise<void> {
  const drafts = (await readdir(home)).filter((name) => name.startsWith(draftPrefix));
  for (const name of drafts) await rm(join(home, name), { recursive: true, force: true }).catch(() => {});
}

/**
 * Makes the database: initdb, then the role `apisnoop` (no superuser: what works here works on a managed PostgreSQL)
 * and its database. All of it is done in a draft folder that is renamed at the end, so that an interrupted start
 * leaves nothing that looks like a database; the next start begins anew.
 */
export async function createDatabase(
  folder: string,
  home: string,
  programs: Programs,
  user: SystemUser | null,
): Promise<void> {
  const dataFolder = dataFolderIn(home);
  // A name of its own: the initdb of a process that was killed may still be writing into the draft of that time.
  const draft = join(home, `${draftPrefix}${randomUUID()}`);
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
  // The builtin provider sorts by code point and is the same on every machine; the C library's is not.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  checkExitCode('initdb', await runProgram(programs, 'initdb', [...initdb, ...locale], { as: user }));

  await runSingleUser(cluster, programs, user, [
    `create role apisnoop login createdb password '${password}'`,
    'create database apisnoop owner apisnoop',
    `comment on database apisnoop is 'SnoopDB: audit events and what they say about coverage'`,
  ]);

  writePassword(folder, password);
  await rename(cluster, dataFolder);
  await rm(draft, { recursive: true, force: true });
}

/** Gives the roles of a stopped database a new password when the file with the old one is gone. */
export async function ensurePassword(
  folder: string,
  home: string,
  programs: Programs,
  user: SystemUser | null,
): Promise<void> {
  if ((await readPassword(folder)) !== null) return;
  const password = createPassword();
  await runSingleUser(
    dataFolderIn(home),
    programs,
    user,
    ['postgres', 'apisnoop'].map((role) => `alter role ${role} password '${password}'`),
  );
  writePassword(folder, password);
}

/** Letters and digits only: neither SQL nor a URL has to escape it. */
function createPassword(): string {
  return randomBytes(24).toString('hex');
}

/** Runs statements in a single-user server: it needs no port, so nobody can meet a half-made database. */
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
    `The database could not be made: ${what} ended with ${code ?? 'no exit code'}. It said:\n${lines}`,
  );
}
