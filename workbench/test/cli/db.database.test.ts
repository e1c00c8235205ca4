import { execFile, spawn } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createEventWriter, type Pool } from '@snoop/snoopdb';
import { beforeAll, describe, expect, test } from 'vitest';
import { command as db } from '../../src/cli/db.ts';
import { describeAddress } from '../../src/sql-prompt/psql.ts';
import { splitStatements } from '../../src/sql-prompt/statements.ts';
import { ask } from '../support/ask.ts';
import { deliver, makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';

let pool: Pool;
let url: string;
beforeAll(async () => {
  ({ pool, url } = await makeDatabase());
});

const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));

/** Runs `snoop db psql` as a process, with a PATH of this folder alone. */
async function psql(input: string, args: readonly string[] = [], path = '/nowhere') {
  const state = await makeFolder();
  const child = spawn(process.execPath, [program, 'db', 'psql', '--database-url', url, '--state', state, ...args], {
    env: { PATH: path, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitCode, ...output };
}

describe('without psql, the built-in prompt', () => {
  test('runs statements from a pipe and prints tables', async () => {
    const { exitCode, stdout, stderr } = await psql(
      "select 1 as number, 'a;b' as text; create temp table t\n  (a integer, b text);\ninsert into t values (1, null),\n(22, 'x');\ntable t;\n\\d testing.epoch\nselect 'no semicolon' as end",
    );
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      NUMBER  TEXT
           1  a;b
      (1 row)
      CREATE
      INSERT 2
       A  B
       1
      22  x
      (2 rows)
      COLUMN    DESCRIPTION
      only_row  Always true
      database  Identifies this database, even if another one later has the same address
      number    Incremented when hits are deleted or marks are added to testing.forgotten
      (3 rows)
      END
      no semicolon
      (1 row)
      "
    `);
  });

  test('shows the position of an error and exits with 3', async () => {
    const { exitCode, stdout, stderr } = await psql(
      'select 1 as one;\nselect\n  nothing from nowhere;\nselect 2 as two;\n',
    );
    expect(exitCode).toBe(3);
    expect(stdout).not.toContain('TWO');
    expect(stderr).toBe(
      'ERROR: relation "nowhere" does not exist\nLINE 2:   nothing from nowhere\n                       ^\n',
    );
  });

  test('runs the statements of -c', async () => {
    const { exitCode, stdout } = await psql('', ['-c', 'select 1 as a; select 2 as b', '-c', "select 'three' as c"]);
    expect([exitCode, stdout]).toEqual([0, 'A\n1\n(1 row)\nB\n2\n(1 row)\nC\nthree\n(1 row)\n']);
  });

  test('describes every relation, prints help, and exits on \\q', async () => {
    const { exitCode, stdout } = await psql('\\?\n\\d\n\\q\nselect 1;\n');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\\d SCHEMA\.NAME {2}the columns of one/);
    expect(stdout).toMatch(/^public +endpoint_coverage +Endpoints of each release/m);
    expect(stdout).toMatch(/rows\)\n$/);
  });

  test('stops a pipe at an unsupported command', async () => {
    expect(await psql('\\nonsense\nselect 1;\n')).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: 'Unknown command \\nonsense. \\? shows help.\n',
    });
    expect(await psql('copy (select 1) to stdout;')).toMatchObject({ exitCode: 3, stdout: '' });
  });

  test('prints notices', async () => {
    const { stderr } = await psql(`do $$ begin raise notice 'look here'; end $$;`);
    expect(stderr).toContain('look here');
  });

  test('escapes control characters of senders', async () => {
    const { stdout } = await psql("select e'\\x1b[2J' as sent;");
    expect(stdout).not.toContain('\u001b');
  });
});

test('passes the address to psql in its environment, and arguments', async () => {
  const folder = await makeFolder();
  const fake = join(folder, 'psql');
  await writeFile(fake, '#!/bin/sh\necho "$*"\necho "$PGHOST $PGPORT $PGUSER $PGDATABASE $PGAPPNAME"\nexit 1\n');
  await chmod(fake, 0o755);
  const { exitCode, stdout } = await psql('', ['-c', 'select 1', '--', '-A', '-x'], `${folder}:/bin:/usr/bin`);
  expect(exitCode).toBe(3);
  const { hostname, port, username, pathname } = new URL(url);
  expect(stdout).toBe(`-c select 1 -A -x\n${hostname} ${port} ${username} ${pathname.slice(1)} snoop db psql\n`);
});

test("splits a URL into libpq's variables", () => {
  expect(describeAddress('postgresql://me%40x:p%3Aq@[::1]:5433/my%20db?sslmode=require&application_name=x')).toEqual({
    PGHOST: '::1',
    PGPORT: '5433',
    PGUSER: 'me@x',
    PGPASSWORD: 'p:q',
    PGDATABASE: 'my db',
    PGSSLMODE: 'require',
  });
  expect(describeAddress('postgresql:///d?host=/run/postgresql')).toEqual({
    PGHOST: '/run/postgresql',
    PGDATABASE: 'd',
  });
});

test.each<{ text: string; statements: string[]; rest: string }>([
  { text: 'select 1; select 2;', statements: ['select 1', 'select 2'], rest: '' },
  { text: ';;\n ; a', statements: [], rest: ' a' },
  { text: "select 'a;''b;' ; x", statements: ["select 'a;''b;'"], rest: ' x' },
  { text: "select e'a\\';' ; x", statements: ["select e'a\\';'"], rest: ' x' },
  { text: 'select "a;""b"; x', statements: ['select "a;""b"'], rest: ' x' },
  { text: 'do $$ begin; end $$; x', statements: ['do $$ begin; end $$'], rest: ' x' },
  { text: 'do $a$ $$;$$ ; $a$; x', statements: ['do $a$ $$;$$ ; $a$'], rest: ' x' },
  { text: 'select a$b$; select $1; x', statements: ['select a$b$', 'select $1'], rest: ' x' },
  { text: 'select 1 -- a; b\n + 2; x', statements: ['select 1 -- a; b\n + 2'], rest: ' x' },
  { text: 'select /* ; /* ; */ ; */ 1; x', statements: ['select /* ; /* ; */ ; */ 1'], rest: ' x' },
  { text: "select 'open; ", statements: [], rest: "select 'open; " },
  { text: 'a; do $x$ open; ', statements: ['a'], rest: ' do $x$ open; ' },
  { text: 'a; /* open; ', statements: ['a'], rest: ' /* open; ' },
  {
    text: 'create rule r as on insert to t do (a; b); x',
    statements: ['create rule r as on insert to t do (a; b)'],
    rest: ' x',
  },
])('$text is split at its semicolons', ({ text, statements, rest }) => {
  expect(splitStatements(text)).toEqual({ statements, rest });
});

test('url prints the address and nothing else', async () => {
  expect(await ask(db, url, 'url')).toMatchObject({ exitCode: 0, stdout: `${url}\n` });
});

test('migrate prints the version', async () => {
  expect((await ask(db, url, 'migrate')).stdout).toMatch(/^The schema already has version \d+\.\n$/);
});

test.each(['migrate', 'check'])('%s refuses a database created from other files', async (subcommand) => {
  const other = await makeDatabase();
  await other.pool.query(`update public.snoopdb_migration set digest = 'another' where version = 1`);
  const state = await makeFolder();
  const args = ['db', subcommand, '--database-url', other.url, '--state', state];
  const { code, stderr } = await promisify(execFile)(process.execPath, [program, ...args]).catch((error) => error);
  expect(code).toBe(3);
  expect(stderr.replace(/^(checking|migrating the schema).*\n/gm, '')).toMatch(
    /^snoop: This database was created by .*'snoop down --purge'.*\.\n$/,
  );
});

describe('on live events', () => {
  const document = { paths: { '/version': { get: { operationId: 'getCodeVersion' } } } };
  beforeAll(async () => {
    const { loadClusterDocument } = await import('@snoop/snoopdb');
    await loadClusterDocument(pool, { source: 'a cluster', version: '1.36.0', etag: null, document });
  });
  const write = async (...auditIds: string[]): Promise<void> => {
    const writer = createEventWriter(pool, { source: 'a cluster' });
    await writer.write(deliver(auditIds));
    await writer.close();
  };

  test('check finds differences, and rebuild corrects them', async () => {
    await write('a.1');
    expect(await ask(db, url, 'check')).toMatchObject({
      exitCode: 0,
      stdout: 'No differences: hits, evidence, events, counts and schema agree.\n',
    });
    await pool.query('delete from testing.endpoint_hit');
    await pool.query('alter table testing.run add column mine text');
    const { exitCode, stdout } = await ask(db, url, 'check');
    expect(exitCode).toBe(1);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      The schema differs from the migrations: 1
        column testing.run.mine
          is: text
          should be: nothing

      Hits that events prove are missing: 1
        testing.endpoint_hit: getCodeVersion by live-test-writing -- evidence (source a cluster, release 1.36.0)
          is: nothing
          should be: a hit: events prove it

      Counts of hits are wrong: 1
        testing.hit_quota: live hits of a cluster
          is: 1
          should be: 0

      'snoop db rebuild' recomputes names, hits and counts from the stored events.

      'snoop db migrate' updates an older schema. Undo manual changes manually.
      "
    `);
    await pool.query('alter table testing.run drop column mine');
    const json = await ask(db, url, 'check', '--output', 'json');
    expect(JSON.parse(json.stdout).differences).toHaveLength(2);
    expect((await ask(db, url, 'rebuild')).stdout).toBe(
      'Hits added: 1, deleted: 0. Corrected: 0 tested endpoints, 1 counts.\n',
    );
    expect((await ask(db, url, 'rebuild')).stdout).toBe('Everything was right; nothing was changed.\n');
    expect((await ask(db, url, 'check')).exitCode).toBe(0);
  });

  test('reset-live prints what it removes, and removes it', async () => {
    await write('20261121-030501-aaaaaa.1', '20261121-030501-aaaaaa.2');
    const run = await ask(db, url, 'reset-live', '--run', '20261121-030501-aaaaaa', '--yes');
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain('Run 20261121-030501-aaaaaa: 2 audit events of 2 requests, at most 1 hit, 0 runs.\n');
    expect(run.stdout).toMatch(/^Reset at \S+: 2 events, 0 hits and 0 runs removed\.\n$/);
    await expect(ask(db, url, 'reset-live', '--run', '20261121-0305', '--yes')).rejects.toThrow('was removed at');
    const agent = await ask(db, url, 'reset-live', '--agent', 'live-test-writing', '--yes');
    expect(agent.stdout).toMatch(/: 1 event, 1 hit and 0 runs removed\.\n$/);
    const all = await ask(db, url, 'reset-live', '--all', '--yes');
    expect(all.stdout).toMatch(/: 0 events, 0 hits and 0 runs removed\.\n$/);
  });

  test.each<{ args: string[]; message: string }>([
    { args: [], message: 'A flag is missing.' },
    { args: ['--run', 'a', '--all'], message: 'Use only one of these flags.' },
    { args: ['--run', 'a.b'], message: "'a.b' is not a run id." },
    { args: ['--agent', 'live-test-writing -- a test'], message: '--agent takes an agent without its test.' },
    { args: ['--all'], message: 'There is no terminal to ask on.' },
    { args: ['--everything'], message: 'has no flag --everything' },
  ])('reset-live $args is wrong use', async ({ args, message }) => {
    await expect(ask(db, url, 'reset-live', ...args)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(message),
    });
  });
});

test('an unknown subcommand is wrong use, with a suggestion', async () => {
  await expect(ask(db, url, 'chekc')).rejects.toMatchObject({
    exitCode: 2,
    advice: expect.arrayContaining(["Did you mean 'snoop db check'?"]),
  });
});
