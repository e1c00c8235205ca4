import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeBody } from './support/body.ts';
import { readStored } from './support/database.ts';
import { type RunningProgram, startProgram } from './support/program.ts';
import { patience, startReady } from './support/ready.ts';

async function sendTo({ url }: RunningProgram, path: string, token?: string): Promise<[number, string]> {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    body: makeBody(1).body,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  });
  return [answer.status, await answer.text()];
}

test('limits the number of named sources, with advice', async () => {
  const { program, pool } = await startReady(['--max-sources', '2', '--source', 'own']);
  for (const path of ['/events', '/events/own', '/events/a', '/events/b', '/events/a']) {
    expect([path, (await sendTo(program, path))[0]]).toEqual([path, 200]);
  }
  const word = expect.stringMatching(
    /^Senders have named 2 sources, .* 'c' is a new one.* or raise --max-sources\.\n$/,
  );
  for (const path of ['/events/c', '/events/c']) expect(await sendTo(program, path)).toEqual([403, word]);
  expect((await sendTo(program, '/events'))[0]).toBe(200);
  const sources = (await readStored(pool)).map(({ source }) => source);
  expect([...new Set(sources)].sort()).toEqual(['a', 'b', 'own']);
  await vi.waitFor(async () => {
    const text = await (await fetch(`${program.url}/metrics`)).text();
    for (const line of ['named_sources 2', 'named_sources_limit 2', 'named_hits_limit 1000000']) {
      expect(text).toContain(`\nsnoop_auditlogger_${line}\n`);
    }
    expect(text).toContain('\nsnoop_auditlogger_answers_total{code="403"} 2\n');
  }, patience);
});

test('a token can be bound to one source', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-sources-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'token');
  await writeFile(file, 'token-of-any-source\ntoken-of-one-source one\ntoken-of-one-source two\ntoken-of-own own\n');
  const { program } = await startReady(['--token-file', file, '--source', 'own']);
  const cases: [path: string, token: string, status: number][] = [
    ['/events', 'token-of-any-source', 200],
    ['/events/three', 'token-of-any-source', 200],
    ['/events/one', 'token-of-one-source', 200],
    ['/events/two', 'token-of-one-source', 200],
    ['/events', 'token-of-one-source', 403],
    ['/events/own', 'token-of-one-source', 403],
    ['/events', 'token-of-own', 200],
    ['/events/no%20name', 'token-of-own', 403],
    ['/events/no%20name', 'token-of-any-source', 400],
    ['/events/one', 'one', 401],
  ];
  for (const [path, token, status] of cases) {
    expect([path, token, (await sendTo(program, path, token))[0]]).toEqual([path, token, status]);
  }
  expect((await sendTo(program, '/events', 'token-of-one-source'))[1]).toBe(
    `This sender may only send as the source 'one' and 'two', not as "own". Send to /events/one.\n`,
  );
});

test('limits the new sources in a spool while the database is unavailable, and stores all that it accepted', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-sources-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const nowhere = await startProgram('postgresql://127.0.0.1:1/nowhere', ['--spool', folder, '--max-sources', '2']);
  const statuses: number[] = [];
  for (const name of ['a', 'b', 'c', 'a']) statuses.push((await sendTo(nowhere, `/events/${name}`))[0]);
  expect(statuses).toEqual([200, 200, 403, 200]);
  nowhere.signal('SIGTERM');
  await nowhere.ended;
  // Its limit is lower now: what was answered 200 is stored all the same.
  const { program, pool } = await startReady(['--spool', folder, '--max-sources', '1']);
  await vi.waitFor(async () => expect(await readStored(pool)).toHaveLength(3), patience);
  const text = await (await fetch(`${program.url}/readyz`)).text();
  expect(text).toBe('ok\n');
  expect((await sendTo(program, '/events/c'))[0]).toBe(403);
  expect((await sendTo(program, '/events/b'))[0]).toBe(200);
});
