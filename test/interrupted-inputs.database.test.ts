import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase } from '@snoop/snoopdb/test-database';
import type { TestDatabase } from '@snoop/snoopdb/test-database';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeFolder, runSnoop, startSnoop } from './support/snoop.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** The files that a process has open. */
function listOpen(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}

const inputs = [
  ['a FIFO that nobody writes', null],
  ['a device that never ends', '/dev/zero'],
  ['a terminal on which nobody types', '/dev/ptmx'],
] as const;

/** Each reads what `input` names; swagger.json is a small document. */
const commands: readonly (readonly [what: string, makeArgs: (input: string) => string[]])[] = [
  ['load audit', (input) => ['load', 'audit', input, '--release', '1.36.0']],
  ['load openapi', (input) => ['load', 'openapi', input, '--release', '1.36.0']],
  ['load baseline --url', (input) => ['load', 'baseline', '--url', input]],
  ['resolve', (input) => ['resolve', '--openapi', 'swagger.json', input]],
  ['resolve --openapi', (input) => ['resolve', '--openapi', input, 'events']],
];

const cases = inputs.flatMap(([what, device]) =>
  commands
    // A document of zeros ends by itself, at the most that a document may have.
    .filter(([command]) => device !== '/dev/zero' || command === 'load audit' || command === 'resolve')
    .map(([command, makeArgs]) => ({ what, device, command, makeArgs })),
);

test.for(cases)('Ctrl-C ends $command while it reads $what', async ({ device, command, makeArgs }) => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'swagger.json'), JSON.stringify({ swagger: '2.0', paths: {} }));
  await writeFile(join(folder, 'events'), '{"auditID":"a"}\n');
  if (command === 'load audit') await loadDocument(join(folder, 'swagger.json'));
  const input = device ?? join(folder, 'fifo');
  if (device === null) execFileSync('mkfifo', [input]);
  const ours = command.startsWith('load') ? ['--database-url', database.url] : [];
  const snoop = startSnoop([...makeArgs(input), ...ours, '--state', folder], { cwd: folder });
  await expect.poll(() => listOpen(snoop.pid).includes(input), { timeout: 20_000, interval: 20 }).toBe(true);
  snoop.interrupt();
  // A thread that blocks in the system would keep it for good.
  const { exitCode, stdout, stderr } = await snoop.ended;
  expect(stderr).toContain('Interrupted (SIGINT).');
  expect([exitCode, stdout]).toEqual([130, '']);
  const left = `select from public.loaded_file where name = $1`;
  expect((await database.pool.query(left, [input])).rowCount).toBe(0);
});

test.for([
  ['sink check', (file: string) => ['sink', 'check', file]],
  ['kind lint', (file: string) => ['kind', 'lint', file]],
  ['a kubeconfig', (file: string) => ['resolve', '--kubeconfig', file, 'events', '--state', 'state']],
] as const)('%s does not wait for a FIFO, but requires a regular file', async ([_what, makeArgs]) => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'events'), '{"auditID":"a"}\n');
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  const { exitCode, stderr } = await runSnoop(makeArgs(fifo), { cwd: folder });
  expect(stderr).toContain('it is a FIFO or a device, not a regular file');
  expect(exitCode).toBe(2);
});

async function loadDocument(file: string): Promise<void> {
  const found = await database.pool.query('select from public.open_api limit 1');
  if (found.rowCount !== 0) return;
  await writeFile(
    file,
    JSON.stringify({
      swagger: '2.0',
      paths: {
        '/api/v1/nodes': { get: { operationId: 'listNodes', tags: ['core_v1'], 'x-kubernetes-action': 'list' } },
      },
    }),
  );
  const args = ['load', 'openapi', file, '--release', '1.36.0', '--database-url', database.url];
  const { exitCode, stderr } = await runSnoop(args);
  expect(exitCode, stderr).toBe(0);
}
