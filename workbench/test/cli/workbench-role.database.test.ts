import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { saveRun, useNearestBaseline, workbenchRole } from '@snoop/snoopdb';
import type { Pool } from '@snoop/snoopdb';
import { beforeAll, expect, test } from 'vitest';
import { makeDatabase } from '../support/database.ts';
import { makeFolder } from '../support/folder.ts';

const program = fileURLToPath(new URL('../../bin/snoop.js', import.meta.url));

let pool: Pool;
let owner: string;
beforeAll(async () => {
  ({ pool, url: owner } = await makeDatabase());
  await useNearestBaseline(pool, '1.36.3');
  const at = new Date();
  await saveRun(pool, {
    ...{
      id: '20261121-030501-aaaaaa',
      author: null,
      agent: 'live-test-writing',
      sources: ['a'],
      clusterVersion: '1.36.3',
    },
    ...{ clusterServer: null, startedAt: at, endedAt: at, state: 'passed', tests: [], requests: [], errors: [] },
  });
});

async function snoop(args: readonly string[], url: string, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, ...args, '--state', await makeFolder()], {
    env: { DATABASE_URL: url, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const [exitCode] = await once(child, 'close');
  return { exitCode, output };
}

test('creates the role, which can read everything and change nothing', async () => {
  const superuser = new URL(owner);
  if (superuser.username === 'apisnoop') superuser.username = 'postgres';
  const made = await snoop(['db', 'grant'], superuser.href, { SNOOP_WORKBENCH_PASSWORD: 'se:cr/et' });
  expect(made).toMatchObject({ exitCode: 0, output: expect.stringContaining(`The role ${workbenchRole}`) });
  expect(made.output).not.toContain('se:cr/et');
  const own = new URL(owner);
  own.username = workbenchRole;
  own.password = 'se:cr/et';
  const cases: [args: string[], exitCode: number, output: string][] = [
    [['report'], 0, '20261121-030501-aaaaaa'],
    [['untested'], 0, ''],
    [['coverage'], 0, ''],
    [['endpoint', 'listCoreV1Node'], 0, 'listCoreV1Node'],
    [['hits'], 0, ''],
    [['status'], 1, 'Nothing runs'],
    [['db', 'migrate'], 0, 'already'],
    [['db', 'check'], 0, 'No differences: hits, evidence, events and counts agree.'],
    [['db', 'reset-live', '--all', '--yes'], 3, 'needs the role that owns the schemas'],
    [['db', 'rebuild'], 3, 'needs the role that owns the schemas'],
    [['db', 'grant'], 3, 'as the role that owns the schemas'],
  ];
  for (const [args, exitCode, output] of cases) {
    const answer = await snoop(args, own.href);
    expect.soft(answer.exitCode, `${args.join(' ')}: ${answer.output}`).toBe(exitCode);
    expect.soft(answer.output, args.join(' ')).toContain(output);
  }
});

test('a role without CREATEROLE gets advice', async ({ skip }) => {
  skip(new URL(owner).username !== 'apisnoop', 'the owner of this database may make roles');
  const answer = await snoop(['db', 'grant'], owner, { SNOOP_WORKBENCH_PASSWORD: 'se:cr/et' });
  expect(answer).toMatchObject({ exitCode: 3, output: expect.stringContaining('CREATEROLE') });
  expect(answer.output).not.toContain('se:cr/et');
});
