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
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { exitCode, ...said };
}

describe('where there is no psql, a prompt of our own', () => {
  test('runs what a pipe says, and prints tables', async () => {
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

  test('shows where an error is, and ends with 3', async () => {
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

  test('describes every relation, explains itself, and leaves with \\q', async () => {
    const { exitCode, stdout } = await psql('\\?\n\\d\n\\q\nselect 1;\n');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\\d SCHEMA\.NAME {2}the columns of one/);
    expect(stdout).toMatch(/^public +endpoint_coverage +Endpoints of each release/m);
    expect(stdout).toMatch(/rows\)\n$/);
  });

  test('what it cannot do ends a pipe with an error', async () => {
    expect(await psql('\\nonsense\nselect 1;\n')).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: 'Unknown command \\nonsense. \\? shows help.\n',
    });
    expect(await psql('copy (select 1) to stdout;')).toMatchObject({ exitCode: 3, stdout: '' });
  });

  test('notices are shown', async () => {
    const { stderr } = await psql(`do $$ begin raise notice 'look here'; end $$;`);
    expect(stderr).toContain('look here');
  });

  test('no escape sequence of a sender reaches the terminal', async () => {
    const { stdout } = await psql("select e'\\x1b[2J' as sent;");
    expect(stdout).not.toContain('\u001b');
  });
});

test('psql is handed the address by its environment, and its arguments', async () => {
  const folder = await makeFolder();
  const fake = join(folder, 'psql');
  await writeFile(fake, '#!/bin/sh\necho "$*"\necho "$PGHOST $PGPORT $PGUSER $PGDATABASE $PGAPPNAME"\nexit 1\n');
  await chmod(fake, 0o755);
  const { exitCode, stdout } = await psql('', ['-c', 'select 1', '--', '-A', '-x'], `${folder}:/bin:/usr/bin`);
  expect(exitCode).toBe(3);
  const { hostname, port, username, pathname } = new URL(url);
  expect(stdout).toBe(`-c select 1 -A -x\n${hostname} ${port} ${username} ${pathname.slice(1)} snoop db psql\n`);
});

test('an address is taken apart into what libpq knows', () => {
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
])('$text is cut at its semicolons', ({ text, statements, rest }) => {
  expect(splitStatements(text)).toEqual({ statements, rest });
});

test('url prints the address and nothing else', async () => {
  expect(await ask(db, url, 'url')).toMatchObject({ exitCode: 0, stdout: `${url}\n` });
});

test('migrate says what it did', async () => {
  expect((await ask(db, url, 'migrate')).stdout).toMatch(/^The schema has version \d+ already\.\n$/);
});

test.each(['migrate', 'check'])('%s refuses a database of other files with one sentence', async (subcommand) => {
  const other = await makeDatabase();
  await other.pool.query(`update public.snoopdb_migration set digest = 'another' where version = 1`);
  const state = await makeFolder();
  const args = ['db', subcommand, '--database-url', other.url, '--state', state];
  const { code, stderr } = await promisify(execFile)(process.execPath, [program, ...args]).catch((error) => error);
  expect(code).toBe(3);
  expect(stderr.replace(/^(checking|bringing the schema up to date).*\n/gm, '')).toMatch(
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

  test('check tells what is wrong, and rebuild mends it', async () => {
    await write('a.1');
    expect(await ask(db, url, 'check')).toMatchObject({
      exitCode: 0,
      stdout: 'All is right: hits, evidence, events, counts and schema agree.\n',
    });
    await pool.query('delete from testing.endpoint_hit');
    await pool.query('alter table testing.run add column mine text');
    const { exitCode, stdout } = await ask(db, url, 'check');
    expect(exitCode).toBe(1);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      The schema is not as the migrations make it: 1
        column testing.run.mine
          is: text
          should be: nothing

      Events prove these hits, and they are not there: 1
        testing.endpoint_hit: getCodeVersion by live-test-writing -- evidence (source a cluster, release 1.36.0)
          is: nothing
          should be: a hit: events prove it

      Hits are counted wrong: 1
        testing.hit_quota: live hits of a cluster
          is: 1
          should be: 0

      'snoop db rebuild' makes names, hits and counts so for the events that are held.

      'snoop db migrate' brings an older schema up to date; what was changed by hand has to be changed back by hand.
      "
    `);
    await pool.query('alter table testing.run drop column mine');
    const json = await ask(db, url, 'check', '--output', 'json');
    expect(JSON.parse(json.stdout).differences).toHaveLength(2);
    expect((await ask(db, url, 'rebuild')).stdout).toBe(
      'Hits added: 1, deleted: 0. Put right: 0 tested endpoints, 1 counts.\n',
    );
    expect((await ask(db, url, 'rebuild')).stdout).toBe('All was right: nothing was changed.\n');
    expect((await ask(db, url, 'check')).exitCode).toBe(0);
  });

  test('reset-live says what it forgets, and forgets it', async () => {
    await write('20261121-030501-aaaaaa.1', '20261121-030501-aaaaaa.2');
    const run = await ask(db, url, 'reset-live', '--run', '20261121-030501-aaaaaa', '--yes');
    expect(run.exitCode).toBe(0);
    expect(run.stderr).toContain(
      'To be forgotten of the run 20261121-030501-aaaaaa: 2 audit events of 2 requests, 1 hit at most, 0 runs.\n',
    );
    expect(run.stdout).toMatch(/^Forgotten at \S+: 2 events removed, 0 hits and 0 runs deleted\.\n$/);
    await expect(ask(db, url, 'reset-live', '--run', '20261121-0305', '--yes')).rejects.toThrow('was removed at');
    const agent = await ask(db, url, 'reset-live', '--agent', 'live-test-writing', '--yes');
    expect(agent.stdout).toMatch(/: 1 event removed, 1 hit and 0 runs deleted\.\n$/);
    const all = await ask(db, url, 'reset-live', '--all', '--yes');
    expect(all.stdout).toMatch(/: 0 events removed, 0 hits and 0 runs deleted\.\n$/);
  });

  test.each<{ args: string[]; said: string }>([
    { args: [], said: 'Say what is to be forgotten.' },
    { args: ['--run', 'a', '--all'], said: 'Only one thing can be forgotten at a time.' },
    { args: ['--run', 'a.b'], said: "'a.b' is no run's id." },
    { args: ['--agent', 'live-test-writing -- a test'], said: 'An agent is named without its test.' },
    { args: ['--all'], said: 'Nobody is there to be asked.' },
    { args: ['--everything'], said: 'has no flag --everything' },
  ])('reset-live $args is wrong use', async ({ args, said }) => {
    await expect(ask(db, url, 'reset-live', ...args)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(said),
    });
  });
});

test('a sub-command that is not there is wrong use, with the nearest', async () => {
  await expect(ask(db, url, 'chekc')).rejects.toMatchObject({
    exitCode: 2,
    advice: expect.arrayContaining(["Did you mean 'snoop db check'?"]),
  });
});
