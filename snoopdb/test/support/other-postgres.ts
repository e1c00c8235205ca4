import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { findSystemUser } from '../../src/embedded-server/location.ts';
import { run } from '../../src/embedded-server/programs.ts';

/** Where packages of Debian, Red Hat, and Homebrew put PostgreSQL's programs, one folder for each major version. */
const places: readonly { folder: string; version: RegExp; bin: string }[] = [
  { folder: '/usr/lib/postgresql', version: /^(\d+)$/, bin: 'bin' },
  { folder: '/usr', version: /^pgsql-(\d+)$/, bin: 'bin' },
  { folder: '/opt/homebrew/opt', version: /^postgresql@(\d+)$/, bin: 'bin' },
  { folder: '/usr/local/opt', version: /^postgresql@(\d+)$/, bin: 'bin' },
];

export interface InstalledPostgres {
  major: number;
  bin: string;
}

/** The servers installed on this machine, beside the package's own. */
export async function findInstalledPostgres(): Promise<InstalledPostgres[]> {
  const found: InstalledPostgres[] = [];
  for (const { folder, version, bin } of places) {
    for (const name of await listFolder(folder)) {
      const major = Number(version.exec(name)?.[1]);
      const path = join(folder, name, bin);
      const names = await listFolder(path);
      if (major >= 14 && ['initdb', 'pg_ctl', 'postgres'].every((program) => names.includes(program)))
        found.push({ major, bin: path });
    }
  }
  return found.sort((a, b) => a.major - b.major);
}

/**
 * Creates a server of that version in a folder of its own, and starts it on a free port of loopback.
 *
 *
 * @param files names and texts of files for its data folder, such as another pg_hba.conf
 * @param settings lines like those of postgresql.conf, `ssl=on`
 */
export async function startInstalledPostgres(
  installed: InstalledPostgres,
  files: Readonly<Record<string, string>> = {},
  settings: readonly string[] = [],
): Promise<{ url: string; stop(): Promise<void> }> {
  const user = await findSystemUser(null);
  const folder = await mkdtemp(join('/tmp', `snoop-postgres-${installed.major}-`));
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const call = async (program: string, args: readonly string[]): Promise<void> => {
    const { code, output } = await run(join(installed.bin, program), args, { as: user });
    if (code !== 0) throw new Error(`${program} of PostgreSQL ${installed.major} ended with ${code}: ${output}`);
  };
  const stop = async (): Promise<void> => {
    await call('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop']).finally(() =>
      rm(folder, { recursive: true, force: true }),
    );
  };
  const port = await findFreePort();
  await call('initdb', ['-D', data, '-U', 'apisnoop', '-A', 'trust', '-E', 'UTF8', '--locale=C']);
  for (const [name, text] of Object.entries(files)) {
    const file = join(data, name);
    await writeFile(file, text, { mode: 0o600 });
    if (user) await chown(file, user.uid, user.gid);
  }
  const options = [
    `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off`,
    ...settings.map((setting) => `-c ${setting}`),
  ].join(' ');
  // Its output goes to a file: a pipe of ours would stay open as long as the server runs.
  await call('pg_ctl', ['-D', data, '-o', options, '-l', join(folder, 'log'), '-w', 'start']);
  return {
    url: `postgresql://apisnoop@127.0.0.1:${port}/postgres?application_name=${randomBytes(4).toString('hex')}`,
    stop,
  };
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
