import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { acquireEmbeddedServer, inspectEmbeddedServer, openPool, purgeEmbeddedServer } from '@snoop/snoopdb';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findSystemUser, ensurePrograms } from '../../src/embedded-server/location.ts';
import { findPostmaster, startPostmaster } from '../../src/embedded-server/postmaster.ts';
import { findPrograms, runProgram } from '../../src/embedded-server/programs.ts';
import { findLocation } from '../../src/embedded-server/server-record.ts';

const isRoot = process.getuid?.() === 0;
const root = fileURLToPath(new URL('../../..', import.meta.url));
const program = fileURLToPath(new URL('../support/server-user.ts', import.meta.url));

/** A folder whose ancestors everybody may search, for a server that is purged after the test. */
async function makeFolder(mode = 0o755): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'embedded-server-test-'));
  await chmod(parent, mode);
  const folder = join(parent, 'snoopdb');
  onTestFinished(async () => {
    await purgeEmbeddedServer(folder);
    await rm(parent, { recursive: true, force: true });
  });
  return folder;
}

/** A process of its own that uses the server; resolves with what it got as soon as it has it. */
async function startLiveTableUser(folder: string) {
  const args = ['--conditions=@snoop/source', '--import', 'tsx', program, folder];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const line = new Promise<string>((resolve) => void createInterface({ input: child.stdout }).once('line', resolve));
  return {
    child,
    ended,
    server: line.then((text): { url: string } => JSON.parse(text)),
    async leave() {
      child.stdin.end();
      await ended;
    },
  };
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const pool = openPool(url, { max: 1 });
  try {
    return (await pool.query(sql)).rows;
  } finally {
    await pool.end();
  }
}

async function isRunning(folder: string): Promise<boolean> {
  return (await inspectEmbeddedServer(folder))?.running ?? false;
}

test('serves an empty database with its own role, and keeps it after a stop', async () => {
  const folder = await makeFolder();
  const first = await acquireEmbeddedServer({ folder, user: 'first' });
  expect(first.url).toMatch(/^postgresql:\/\/apisnoop:\w+@127\.0\.0\.1:\d+\/apisnoop\?sslmode=disable$/);
  expect(
    await query(
      first.url,
      `select current_user, current_database(), rolsuper, pg_encoding_to_char(encoding) as encoding
       from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
    ),
  ).toMatchInlineSnapshot(`
    [
      {
        "current_database": "apisnoop",
        "current_user": "apisnoop",
        "encoding": "UTF8",
        "rolsuper": false,
      },
    ]
  `);
  await query(first.url, 'create table kept ()');
  await first.release();
  expect(await inspectEmbeddedServer(folder)).toMatchObject({ running: false, pid: null, users: [] });

  const second = await acquireEmbeddedServer({ folder, user: 'second' });
  expect(second.url).toBe(first.url);
  expect(await query(second.url, `select to_regclass('kept')::text as kept`)).toEqual([{ kept: 'kept' }]);
});

test('requires the password', async () => {
  const folder = await makeFolder();
  const { url } = await acquireEmbeddedServer({ folder, user: 'test' });
  expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
  const wrong = new URL(url);
  wrong.password = 'wrong';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
});

test('stops with its last user; a process that acquires it twice counts twice', async () => {
  const folder = await makeFolder();
  const once = await acquireEmbeddedServer({ folder, user: 'once' });
  const twice = await acquireEmbeddedServer({ folder, user: 'twice' });
  const other = await startLiveTableUser(folder);
  expect(await other.server).toEqual({ url: once.url });
  expect((await inspectEmbeddedServer(folder))?.users).toHaveLength(3);
  await once.release();
  await once.release();
  await other.leave();
  expect(await isRunning(folder)).toBe(true);
  await twice.release();
  expect(await isRunning(folder)).toBe(false);
});

test('is created once by concurrent processes, and used by all', async () => {
  const folder = await makeFolder();
  const users = await Promise.all(Array.from({ length: 4 }, () => startLiveTableUser(folder)));
  const urls = await Promise.all(users.map(({ server }) => server.then(({ url }) => url)));
  expect(new Set(urls).size).toBe(1);
  expect((await inspectEmbeddedServer(folder))?.users).toHaveLength(4);
  await Promise.all(users.map(({ leave }) => leave()));
  expect(await isRunning(folder)).toBe(false);
});

test('a killed user leaves a server that the next user takes over and stops', async () => {
  const folder = await makeFolder();
  const killed = await startLiveTableUser(folder);
  const { url } = await killed.server;
  const before = await inspectEmbeddedServer(folder);
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect(await inspectEmbeddedServer(folder)).toMatchObject({ running: true, pid: before?.pid, users: [] });
  const next = await acquireEmbeddedServer({ folder, user: 'next' });
  expect(next.url).toBe(url);
  expect((await inspectEmbeddedServer(folder))?.pid).toBe(before?.pid);
  await next.release();
  expect(await isRunning(folder)).toBe(false);
});

test.for([['lock.1'], ['server.json'], ['data.draft-'], ['password'], ['data'], ['postgres.log']])(
  'a process that is killed in the first start with %s does not harm the next one',
  async ([sign = '']) => {
    const folder = await makeFolder();
    const killed = await startLiveTableUser(folder);
    // Polled without a pause, since the state may last only a few milliseconds.
    while (
      !(await readdir(folder).catch(() => [])).some(
        (name) => name === sign || (/-$/.test(sign) && name.startsWith(sign)),
      )
    );
    killed.child.kill('SIGKILL');
    await killed.ended;
    const next = await acquireEmbeddedServer({ folder, user: 'next' });
    expect(await query(next.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  },
);

test('uses a server that started after it was looked for', async () => {
  const folder = await makeFolder();
  const { dataFolder } = await acquireEmbeddedServer({ folder, user: 'first' });
  const home = (await findLocation(folder)) ?? '';
  const before = await findPostmaster(home);
  const user = await findSystemUser(home);
  const programs = await ensurePrograms(findPrograms(), home, user, () => {});
  expect(await startPostmaster(folder, home, programs, user, null)).toEqual(before);
  expect(await readFile(join(dataFolder, 'postmaster.pid'), 'utf8')).toMatch(new RegExp(`^${before?.pid}\n`));
});

test('recovers from a server that was killed', async () => {
  const folder = await makeFolder();
  const first = await acquireEmbeddedServer({ folder, user: 'first' });
  await query(first.url, 'create table kept ()');
  process.kill((await inspectEmbeddedServer(folder))?.pid ?? Number.NaN, 'SIGKILL');
  await vi.waitUntil(async () => !(await isRunning(folder)), { timeout: 90_000, interval: 10 });
  const second = await acquireEmbeddedServer({ folder, user: 'second' });
  expect(await query(second.url, `select to_regclass('kept')::text as kept`)).toEqual([{ kept: 'kept' }]);
});

test('ignores a postmaster.pid whose pid now belongs to another process', async () => {
  const folder = await makeFolder();
  const first = await acquireEmbeddedServer({ folder, user: 'first' });
  await first.release();
  await writeFile(
    join(first.dataFolder, 'postmaster.pid'),
    `${process.pid}\n${first.dataFolder}\n1\n${first.port}\n\n\n\nready\n`,
  );
  expect(await isRunning(folder)).toBe(false);
  const second = await acquireEmbeddedServer({ folder, user: 'second' });
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('uses another port if its port is in use', async () => {
  const folder = await makeFolder();
  const first = await acquireEmbeddedServer({ folder, user: 'first' });
  await first.release();
  const squatter = createServer().listen(first.port, '127.0.0.1');
  await once(squatter, 'listening');
  onTestFinished(() => void squatter.close());
  const second = await acquireEmbeddedServer({ folder, user: 'second' });
  expect(second.port).not.toBe(first.port);
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('replaces a lost password', async () => {
  const folder = await makeFolder();
  const first = await acquireEmbeddedServer({ folder, user: 'first' });
  await query(first.url, 'create table kept ()');
  await first.release();
  await rm(join(folder, 'password'));
  const second = await acquireEmbeddedServer({ folder, user: 'second' });
  expect(second.url).not.toBe(first.url);
  expect(await query(second.url, `select to_regclass('kept')::text as kept`)).toEqual([{ kept: 'kept' }]);
});

test('keeps the database of a moved folder; a copied folder gets a separate server', async () => {
  const folder = await makeFolder();
  const first = await acquireEmbeddedServer({ folder, user: 'first' });
  await query(first.url, 'create table kept ()');
  await first.release();
  const moved = join(await makeFolder(), '..', 'moved', 'snoopdb');
  await mkdir(dirname(moved));
  await rename(folder, moved);
  onTestFinished(() => purgeEmbeddedServer(moved));
  const second = await acquireEmbeddedServer({ folder: moved, user: 'second' });
  expect(await query(second.url, `select to_regclass('kept')::text as kept`)).toEqual([{ kept: 'kept' }]);

  const copied = join(dirname(dirname(moved)), 'copied');
  await cp(moved, copied, { recursive: true });
  onTestFinished(() => purgeEmbeddedServer(copied));
  expect(await isRunning(copied)).toBe(false);
});

test('quotes PostgreSQL in an error', async () => {
  const folder = await makeFolder();
  const first = await acquireEmbeddedServer({ folder, user: 'first' });
  await first.release();
  await writeFile(join(first.dataFolder, 'postgresql.conf'), 'shared_bufers = much\n');
  const second = acquireEmbeddedServer({ folder, user: 'second' });
  await expect(second).rejects.toMatchObject({
    code: 'server_failed',
    message: expect.stringMatching(/did not start(.|\n)*unrecognized configuration parameter "shared_bufers"/),
  });
});

test('purge stops the server even if it is in use, and removes everything', async () => {
  const folder = await makeFolder();
  const { url } = await acquireEmbeddedServer({ folder, user: 'test' });
  await purgeEmbeddedServer(folder);
  await expect(stat(folder)).rejects.toThrow(/ENOENT/);
  await expect(query(url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  expect(await inspectEmbeddedServer(folder)).toBeNull();
});

test.runIf(isRoot)(
  'stores its files elsewhere below a folder that only root may search, and purge removes them',
  async () => {
    const folder = await makeFolder(0o700);
    const { url, dataFolder } = await acquireEmbeddedServer({ folder, user: 'test' });
    expect(dataFolder.startsWith(dirname(folder))).toBe(false);
    expect((await inspectEmbeddedServer(folder))?.dataFolder).toBe(dataFolder);
    expect(await query(url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect((await stat(dirname(folder))).mode & 0o777).toBe(0o700);
    await purgeEmbeddedServer(folder);
    await expect(stat(dirname(dataFolder))).rejects.toThrow(/ENOENT/);
  },
);

test.runIf(isRoot)('does not reuse the database of a state folder that was deleted by hand', async () => {
  const folder = await makeFolder(0o700);
  const first = await acquireEmbeddedServer({ folder, user: 'first' });
  await query(first.url, 'create table old ()');
  await rm(folder, { recursive: true });
  const second = await acquireEmbeddedServer({ folder, user: 'second' });
  expect(await query(second.url, `select to_regclass('old')::text as old`)).toEqual([{ old: null }]);
});

test.runIf(isRoot)('copies programs that only root can read to where their user can run them', async () => {
  const [closed, home] = [await makeFolder(0o700), await makeFolder()];
  const packaged = findPrograms();
  const unreachable = { folder: join(closed, 'native'), version: packaged.version };
  await cp(packaged.folder, unreachable.folder, { recursive: true, verbatimSymlinks: true });
  await mkdir(home);
  const user = await findSystemUser(null);
  const placed = await ensurePrograms(unreachable, home, user, () => {});
  expect(placed.folder.startsWith(home)).toBe(true);
  expect(await runProgram(placed, 'postgres', ['--version'], { as: user })).toMatchObject({ code: 0 });
  expect(await ensurePrograms(packaged, home, user, () => {})).toBe(packaged);
});
