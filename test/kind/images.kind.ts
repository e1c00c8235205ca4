import { afterAll, beforeAll, describe, expect, inject, onTestFailed, test } from 'vitest';
import { call, run } from './support/command.ts';
import { step } from './support/progress.ts';
import { images, version } from './support/project.ts';
import { waitUntil } from './support/wait-until.ts';

const [snoopdb = '', auditlogger = '', workbench = ''] = images;

beforeAll(() => step('npm run images', () => call('npm', ['run', '--silent', 'images'])), 1_200_000);

/** Nothing of the machine but what a restricted Pod has, too. */
const restricted = ['--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges:true', '--network=none'];

describe('the images', () => {
  test.for([
    [snoopdb, '10001:10001'],
    [auditlogger, '10002:10002'],
    [workbench, '10003:10003'],
  ] as const)('%s: a user that is not root, labels, and a check of its health', async ([image, user]) => {
    const [{ Config: config }] = JSON.parse(await call('docker', ['image', 'inspect', image]));
    expect(config).toMatchObject({
      User: user,
      Labels: { 'org.opencontainers.image.version': version, 'org.opencontainers.image.licenses': expect.any(String) },
      Healthcheck: { Test: ['CMD', expect.stringMatching(/^\//), ...config.Healthcheck.Test.slice(2)] },
    });
  });

  test('the auditlogger has no shell, and nothing that could fetch one', async () => {
    const program = `
      const { readdirSync } = require('node:fs');
      const folders = readdirSync('/').filter((name) => !['proc', 'sys', 'dev', 'app', '.dockerenv'].includes(name));
      const seen = folders.flatMap((name) => readdirSync('/' + name, { recursive: true }).map((path) => name + '/' + path));
      console.log(JSON.stringify(seen.filter((path) => /(^|[/])s?bin[/]/.test(path))));`;
    const node = ['--entrypoint', '/usr/local/bin/node', auditlogger, '--eval', program];
    const programs: string[] = JSON.parse(await call('docker', ['run', '--rm', ...restricted, ...node]));
    expect(programs).toEqual(['usr/local/bin/node']);
    const { exitCode } = await run('docker', ['run', '--rm', ...restricted, '--entrypoint', '/bin/sh', auditlogger]);
    expect(exitCode).toBe(127);
  });

  test('the workbench has what people work with, and names no source map that is not there', async () => {
    const wanted = ['node', 'snoop', 'kubectl', 'psql', 'git', 'nano', 'vi', 'tmux', 'tmate'];
    const script = `for name in ${wanted.join(' ')}; do command -v $name >/dev/null || echo no $name; done
      grep -rl '^//# sourceMappingURL=' /app/*/dist
      snoop --version`;
    const words = ['--entrypoint', '/bin/sh', workbench, '-c', script];
    expect((await call('docker', ['run', '--rm', ...restricted, ...words])).trim()).toBe(version);
  });
});

describe('compose.yaml', () => {
  const project = `${inject('clusterPrefix')}-compose`;
  const name = ['--project-name', project];
  // 0: a port that is free.
  const env = { SNOOPDB_PORT: '0', AUDITLOGGER_PORT: '0' };
  let compose: readonly string[] | null = null;

  /** Docker's own one, or the older program. */
  async function findCompose(): Promise<readonly string[] | null> {
    for (const words of [['docker', 'compose'], ['docker-compose']]) {
      const [program = '', ...rest] = words;
      const ended = await run(program, [...rest, 'version']).catch(() => null);
      if (ended?.exitCode === 0) return words;
    }
    return null;
  }

  function callCompose(...words: string[]): Promise<string> {
    const [program = '', ...rest] = compose ?? [];
    return call(program, [...rest, ...name, ...words], { env });
  }

  async function post(auditId: string): Promise<void> {
    const address = (await callCompose('port', 'auditlogger', '9900')).trim();
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    const at = '2026-01-02T03:04:05.000000Z';
    const event = {
      ...{ level: 'Metadata', auditID: auditId, stage: 'ResponseComplete', verb: 'list', userAgent: 'compose/1' },
      ...{ requestURI: '/api/v1/namespaces', objectRef: { resource: 'namespaces', apiVersion: 'v1' } },
      ...{ user: { username: 'ada' }, responseStatus: { metadata: {}, code: 200 } },
      ...{ requestReceivedTimestamp: at, stageTimestamp: at },
    };
    const list = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: [event] };
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`http://${address}/events`, { method: 'POST', headers, body: JSON.stringify(list) });
    expect(answer.status, await answer.text()).toBe(200);
  }

  /** Of the events in SnoopDB, in order. */
  async function listAuditIds(): Promise<string[]> {
    const sql = 'select audit_id from testing.audit_event order by audit_id';
    return (await callCompose('exec', '-T', 'snoopdb', 'psql', '-Atc', sql)).trim().split('\n');
  }

  async function areHealthy(): Promise<boolean> {
    const label = `label=com.docker.compose.project=${project}`;
    const states = await call('docker', ['ps', '--filter', label, '--format', '{{.Status}}']);
    return [...states.matchAll(/\(healthy\)/g)].length === 2;
  }

  afterAll(async () => {
    if (compose !== null) await callCompose('down', '--volumes');
  });

  test('takes events, keeps them while SnoopDB is away, and has them all after an end and a new start', async (ctx) => {
    compose = await findCompose();
    if (compose === null) ctx.skip("There is neither 'docker compose' nor docker-compose on this machine.");
    onTestFailed(async () => void process.stderr.write(await callCompose('logs', '--no-color')));
    await step('docker compose up', () => callCompose('up', '-d'));
    await step('both are healthy', () => waitUntil('SnoopDB and the auditlogger are healthy', areHealthy));
    expect(await callCompose('port', 'snoopdb', '5432')).toMatch(/^127\.0\.0\.1:\d+\s*$/);
    await post('compose-1');
    await waitUntil('the event is stored', async () => (await listAuditIds()).includes('compose-1'));
    await callCompose('stop', 'snoopdb');
    await post('compose-2');
    await step('docker compose down', () => callCompose('down'));
    await step('docker compose up', () => callCompose('up', '-d'));
    await waitUntil('both events are stored', async () => (await listAuditIds()).length === 2);
    expect(await listAuditIds()).toEqual(['compose-1', 'compose-2']);
  });

  test('a workbench beside them, with its role: what the owner chose is there, and stays', async (ctx) => {
    if (compose === null) ctx.skip('There is no compose on this machine.');
    const folder = '/var/lib/snoop';
    const urlOf = (role: string): string => `postgresql://${role}@${encodeURIComponent(`${folder}/run`)}/apisnoop`;
    /** Runs a line in the workbench's image, as a user with a password file. */
    const runAs = (user: string, file: string, line: string, ...flags: string[]): Promise<string> => {
      // Labelled as a service, so that whatever ends this run removes it, too.
      const label = ['--label', `com.docker.compose.project=${project}`];
      const place = ['--tmpfs=/tmp', '--volume', `${project}_home:${folder}:ro`, '--user', user];
      const words = ['--env', `PGPASSFILE=${folder}/${file}`, '--entrypoint', '/bin/sh', workbench, '-c', line];
      return call('docker', ['run', ...flags, ...restricted, ...label, ...place, ...words]);
    };
    const program = `node /app/workbench/container/owner.mjs ${urlOf('apisnoop')} /tmp/version`;
    const script = `echo v1.35.2 >/tmp/version; exec ${program}`;
    const owner = (await runAs('10001:10001', 'snoopdb/pgpass', script, '-d')).trim();
    const ask = (sql: string): Promise<string> =>
      runAs('10003:10003', 'workbench/pgpass', `psql -XAtc "${sql}" ${urlOf('snoop_workbench')}`, '--rm');
    const release = 'select release from public.baseline';
    await waitUntil('there is a baseline', async () => (await ask(release).catch(() => '')).trim() === '1.35.0');
    await expect(ask('update testing.held_event set code = 200')).rejects.toThrow('permission denied');
    await call('docker', ['rm', '--force', owner]);
  });
});
