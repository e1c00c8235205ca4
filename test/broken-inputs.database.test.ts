import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProgramHost, startProgramHost } from './support/program-host.ts';
import type { Ended } from './support/snoop.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const programs = {
  snoop: { bin: join(root, 'workbench/bin/snoop.js'), main: join(root, 'workbench/dist/cli/main.js') },
  auditlogger: { bin: join(root, 'auditlogger/bin/auditlogger.js'), main: join(root, 'auditlogger/dist/main.js') },
};

/** What is wrong in it: `file`, `circle` of links, `foreign` with another program's state.json, `closed`, `read-only`. */
let place: string;

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'snoop-broken-'));
  chmodSync(place, 0o755);
  for (const name of ['foreign', 'closed', 'read-only', 'empty']) mkdirSync(join(place, name));
  writeFileSync(join(place, 'file'), 'text');
  writeFileSync(join(place, 'nothing'), '');
  writeFileSync(join(place, 'one.live.ts'), '');
  writeFileSync(join(place, 'foreign', 'state.json'), '{"version": 4}');
  symlinkSync(join(place, 'circle'), join(place, 'circle'));
  chmodSync(join(place, 'closed'), 0o700);
  chmodSync(join(place, 'read-only'), 0o755);
});
afterAll(() => rm(place, { recursive: true, force: true }));

interface Row {
  /** In a process of its own, whose end is seen too; the other rows of a program share one. */
  readonly alone?: true;
  readonly args: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Of the first line that the program itself prints, after its name. */
  readonly says: string;
  readonly exitCode: 2 | 3;
}

const nowhere = 'postgresql://ada:secret@127.0.0.1:1/hits';
const url = (parameters: string): string => `hits --database-url ${nowhere}?${parameters}`;

const snoopRows: Row[] = [
  // The state folder.
  { args: 'status --state PLACE/file', says: 'The state folder PLACE/file cannot be used: it is a file.', exitCode: 2 },
  {
    args: 'down --state PLACE/file/x',
    says: 'The state folder PLACE/file/x cannot be read: a part of its path is not a folder.',
    exitCode: 2,
  },
  {
    args: 'up --state PLACE/circle',
    says: 'The state folder PLACE/circle cannot be read: its symbolic links form a loop.',
    exitCode: 2,
  },
  {
    alone: true,
    args: 'up --state /proc/x',
    says: 'The state folder /proc/x cannot be written: it does not exist.',
    exitCode: 3,
  },
  { args: 'pair --state /proc/x', says: 'The state folder /proc/x cannot be written: it does not exist.', exitCode: 3 },
  {
    args: 'status',
    env: { SNOOP_STATE: 'PLACE/file' },
    says: 'The state folder PLACE/file cannot be used: it is a file.',
    exitCode: 2,
  },
  {
    args: 'status --state PLACE/foreign',
    says: 'PLACE/foreign/state.json is not a state of snoop: the folder belongs to another program.',
    exitCode: 3,
  },
  {
    args: 'up --state PLACE/foreign',
    says: 'PLACE/foreign/state.json is not a state of snoop: the folder belongs to another program.',
    exitCode: 3,
  },
  {
    args: 'test PLACE/one.live.ts --state PLACE/empty',
    says: 'No cluster runs in PLACE/empty.',
    exitCode: 2,
  },
  {
    args: 'tail --state PLACE/empty',
    says: "There is no SnoopDB in PLACE/empty, and 'snoop tail' does not create one.",
    exitCode: 2,
  },
  // The database.
  {
    args: 'hits --database-url host=a',
    says: 'Connection keywords (host=… port=…) are not supported.',
    exitCode: 2,
  },
  {
    args: 'hits',
    env: { DATABASE_URL: 'postgresql://a:secret@b,c/d' },
    says: 'The database URL has several hosts, which is not supported.',
    exitCode: 2,
  },
  {
    args: 'db psql --database-url postgresql://a:secret@b:99999/c',
    says: "The database URL has the port '99999'. Use a number from 1 to 65535.",
    exitCode: 2,
  },
  {
    args: 'up --database-url secret',
    says: 'The database URL must look like postgresql://user:password@host:5432/database.',
    exitCode: 2,
  },
  {
    args: 'hits --database-url postgresql:///x',
    env: { PGPORT: 'x' },
    says: "PGPORT has the port 'x'. Use a number from 1 to 65535.",
    exitCode: 2,
  },
  { args: url('sslmode=on'), says: "sslmode in the database URL is 'on'. Use one of: disable, allow,", exitCode: 2 },
  { alone: true, args: url('sslmode=prefer'), says: 'SnoopDB at 127.0.0.1:1/hits does not answer.', exitCode: 3 },
  { args: url('sslmode=allow'), says: 'SnoopDB at 127.0.0.1:1/hits does not answer.', exitCode: 3 },
  { args: url('sslmode=require'), says: 'SnoopDB at 127.0.0.1:1/hits does not answer.', exitCode: 3 },
  {
    args: 'hits --database-url postgresql:///x?host=PLACE/empty',
    says: 'SnoopDB at PLACE/empty:5432/x does not answer.',
    exitCode: 3,
  },
  // The cluster.
  {
    alone: true,
    args: 'test PLACE/one.live.ts --kubeconfig PLACE/nowhere',
    says: 'The kubeconfig PLACE/nowhere cannot be read: it does not exist.',
    exitCode: 2,
  },
  {
    args: 'test PLACE/one.live.ts --kubeconfig PLACE/nothing',
    says: 'The kubeconfig PLACE/nothing cannot be read: it is empty.',
    exitCode: 2,
  },
  {
    args: 'test PLACE/one.live.ts --kubeconfig PLACE/file',
    says: 'The kubeconfig PLACE/file cannot be read: it is not a kubeconfig.',
    exitCode: 2,
  },
  {
    args: 'test PLACE/one.live.ts --kubeconfig PLACE/empty',
    says: 'The kubeconfig PLACE/empty cannot be read: it is a folder, not a file.',
    exitCode: 2,
  },
  {
    args: 'test PLACE/one.live.ts --context x',
    env: { KUBECONFIG: 'PLACE/nowhere:PLACE/nothing' },
    says: 'No kubeconfig: PLACE/nowhere, PLACE/nothing is missing or empty.',
    exitCode: 2,
  },
  // Other paths, numbers and times.
  {
    args: 'up --state PLACE/new',
    env: { KUBEBUILDER_ASSETS: '/nowhere' },
    says: 'KUBEBUILDER_ASSETS names the folder /nowhere, which cannot be read: it does not exist.',
    exitCode: 2,
  },
  { args: 'up --release 1', says: "'1' is not a Kubernetes release.", exitCode: 2 },
  { args: 'test /etc/passwd', says: '/etc/passwd is not a test file.', exitCode: 2 },
  { args: 'test --wait soon', says: "--wait takes a number of seconds, not 'soon'.", exitCode: 2 },
  {
    alone: true,
    args: 'hits --state PLACE/empty',
    env: { XDG_CACHE_HOME: 'PLACE/file' },
    says: 'The database with the shipped data cannot be created in PLACE/file/snoop/shipped-data/',
    exitCode: 3,
  },
  {
    args: 'hits --state PLACE/empty',
    env: { XDG_CACHE_HOME: '/proc/x' },
    says: 'The database with the shipped data cannot be created in /proc/x/snoop/shipped-data/',
    exitCode: 3,
  },
  {
    args: 'sink /proc/x --server https://127.0.0.1:9900',
    says: 'The folder /proc/x cannot be created: it does not exist.',
    exitCode: 2,
  },
  {
    args: 'sink PLACE/file --server https://127.0.0.1:9900',
    says: 'The folder PLACE/file cannot be created: a part of its path is not a folder.',
    exitCode: 2,
  },
  {
    args: 'sink PLACE/new --server https://127.0.0.1:99999',
    says: "--server needs the address of the auditlogger, not 'https://127.0.0.1:99999'.",
    exitCode: 2,
  },
  { args: 'sink check /nowhere', says: '/nowhere cannot be read: it does not exist.', exitCode: 2 },
  { args: 'kind lint PLACE/empty', says: 'PLACE/empty cannot be read: it is a folder, not a file.', exitCode: 2 },
  { args: 'resolve PLACE/nowhere', says: 'PLACE/nowhere cannot be read: it does not exist.', exitCode: 3 },
];

const auditloggerRows: Row[] = [
  { alone: true, args: '--listen 127.0.0.1:99999', says: '--listen takes HOST:PORT, such as', exitCode: 2 },
  {
    args: '--database-url host=a',
    says: 'Connection keywords (host=… port=…) are not supported.',
    exitCode: 2,
  },
  {
    args: '--database-url postgresql://a:secret@b,c/d',
    says: 'The database URL has several hosts, which is not supported.',
    exitCode: 2,
  },
  { args: '', env: { PGHOST: 'a,b' }, says: 'PGHOST has several hosts, which is not supported.', exitCode: 2 },
  {
    args: '',
    env: { PGPORT: '99999' },
    says: "PGPORT has the port '99999'. Use a number from 1 to 65535.",
    exitCode: 2,
  },
  { args: '', env: { PGSSLMODE: 'on' }, says: "PGSSLMODE is 'on'. Use one of: disable,", exitCode: 2 },
  {
    args: '--database-url postgresql://a@b/c?sslmode=verify-ca&sslrootcert=PLACE/nowhere',
    says: 'The file PLACE/nowhere cannot be read (sslrootcert): it does not exist.',
    exitCode: 2,
  },
  {
    alone: true,
    args: '--spool PLACE/file',
    says: 'Cannot use the spool folder PLACE/file (a part of its path is not a folder). Choose another one with --spool.',
    exitCode: 3,
  },
  {
    args: '--spool /proc/x',
    says: 'Cannot use the spool folder /proc/x (it does not exist). Choose another one with --spool.',
    exitCode: 3,
  },
  { args: '--token-file PLACE/empty', says: '--token-file PLACE/empty is not a file.', exitCode: 3 },
  {
    args: '--tls-cert-file PLACE/nowhere --tls-key-file PLACE/nowhere',
    says: '--tls-cert-file PLACE/nowhere cannot be read: no such file.',
    exitCode: 3,
  },
  { args: '--live-max-age soon', says: '--live-max-age takes a time, such as 7d, 12h or 30m, not', exitCode: 2 },
];

describe.each([
  ['snoop', snoopRows],
  ['auditlogger', auditloggerRows],
] as const)('reports in a sentence what is wrong with %s', (program, rows) => {
  let host: ProgramHost;
  beforeAll(() => {
    host = startProgramHost(programs[program].main, { cwd: join(place, 'empty'), env: takeEnvironment() });
  });
  afterAll(() => host.end());

  test.each(rows)('$args $env', (row) =>
    expectSentence(program, row, (args, env) => (row.alone ? run(program, args, env) : host.call({ args, env }))),
  );
});

const isRoot = process.getuid?.() === 0;

describe.runIf(isRoot)(`as another user${isRoot ? '' : ' (only root can act as one)'}`, () => {
  test.each<Row>([
    {
      args: 'status --state PLACE/closed',
      says: 'The state folder PLACE/closed cannot be read: permission denied.',
      exitCode: 3,
    },
    {
      args: 'down --state PLACE/closed',
      says: 'The state folder PLACE/closed cannot be read: permission denied.',
      exitCode: 3,
    },
    {
      args: 'up --state PLACE/closed/x',
      says: 'The state folder PLACE/closed/x cannot be read: permission denied.',
      exitCode: 3,
    },
    {
      args: 'up --state PLACE/read-only',
      says: 'The state folder PLACE/read-only cannot be written: permission denied.',
      exitCode: 3,
    },
    {
      args: 'load baseline 1.36 --state PLACE/read-only/x',
      says: 'The state folder PLACE/read-only/x cannot be written: permission denied.',
      exitCode: 3,
    },
    {
      args: 'test PLACE/closed/one.live.ts',
      says: 'PLACE/closed/one.live.ts cannot be read: permission denied.',
      exitCode: 2,
    },
    { args: 'test PLACE/closed', says: 'PLACE/closed cannot be read: permission denied.', exitCode: 2 },
  ])('$args', (row) => expectSentence('snoop', row, (args, env) => run('snoop', args, env, 47_653)));
});

type Call = (args: string[], env: Record<string, string>) => Promise<Ended>;

async function expectSentence(program: keyof typeof programs, row: Row, call: Call): Promise<void> {
  const placed = (text: string): string => text.replaceAll('PLACE', place);
  const args = row.args
    .split(' ')
    .filter((word) => word !== '')
    .map(placed);
  const env = Object.fromEntries(Object.entries(row.env ?? {}).map(([name, value]) => [name, placed(value)]));
  const { exitCode, stdout, stderr } = await call(args, env);
  const said = stderr.split('\n').filter((line) => line.startsWith(`${program}: `));
  expect(said, stderr).toHaveLength(1);
  expect(said[0]).toContain(`${program}: ${placed(row.says)}`);
  expect(exitCode).toBe(row.exitCode);
  // No stack, no warning of Node, no code of the system, and never a password.
  for (const text of [stdout, stderr]) {
    expect(text).not.toMatch(
      /^\s+at .*[:(]|\(node:\d+\)|Warning:|\b(EACCES|EEXIST|EISDIR|ELOOP|ENOENT: |ENOTDIR)|secret/m,
    );
  }
}

function takeEnvironment(): Record<string, string | undefined> {
  const { KUBECONFIG: _k, DATABASE_URL: _d, SNOOP_STATE: _s, VITEST: _v, ...inherited } = process.env;
  return { ...inherited, NO_COLOR: '1' };
}

function run(
  program: keyof typeof programs,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  uid?: number,
): Promise<Ended> {
  const child = spawn(process.execPath, [programs[program].bin, ...args], {
    cwd: join(place, 'empty'),
    env: { ...takeEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, ...said }));
  });
}
