import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test, vi } from 'vitest';
import { type Backlog, describeBacklog, reportBacklog } from '../src/backlog.ts';
import { makeBody } from './support/body.ts';
import { type RunningProgram, startProgram } from './support/program.ts';
import { patience } from './support/ready.ts';

const token = 'a-token-that-asks-for-reasons';

async function makeTokenFile(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-trouble-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'token');
  await writeFile(file, `${content}\n`, { mode: 0o600 });
  return file;
}

interface Told {
  readonly ready: boolean;
  readonly reason: string | null;
}

async function askReady({ url }: RunningProgram, authorization?: string): Promise<Told> {
  const headers = { accept: 'application/json', ...(authorization === undefined ? {} : { authorization }) };
  const answer = await fetch(`${url}/readyz`, { headers });
  expect(answer.status).toBe(503);
  const told = (await answer.json()) as Told;
  const lines = await (await fetch(`${url}/readyz`, { headers: { ...headers, accept: 'text/plain' } })).text();
  expect(lines).toBe(`${told.reason}\n`);
  return told;
}

const unreachable = 'postgresql://the-role:the-password@127.0.0.1:1/the-database';

test.for<[what: string, makeUrl: () => string, kind: string, detail: RegExp]>([
  ['that does not answer', () => unreachable, 'the database cannot be reached', /ECONNREFUSED 127\.0\.0\.1:1/],
  [
    'that is not there',
    () => Object.assign(new URL(inject('postgresUrl')), { pathname: '/not-there' }).href,
    'the database refuses the auditlogger',
    /database \\?"not-there\\?" does not exist/,
  ],
])(
  'shows the kind of problem of a database %s to everyone, and the details with the token',
  async ([, makeUrl, kind, detail]) => {
    const file = await makeTokenFile(token);
    const program = await startProgram(makeUrl(), ['--status-token-file', file]);
    await vi.waitFor(
      async () => expect(await askReady(program)).toMatchObject({ ready: false, reason: kind }),
      patience,
    );
    expect((await askReady(program, 'Bearer wrong')).reason).toBe(kind);
    expect((await askReady(program, `Bearer ${token}`)).reason).toMatch(detail);
    expect(program.log()).toMatch(detail);
    const { body } = makeBody(1);
    const refused = await program.send(body);
    expect([refused.status, await refused.text()]).toEqual([503, `Retry later: ${kind}.\n`]);
    expect(await (await program.send(body, { authorization: `Bearer ${token}` })).text()).toMatch(detail);
  },
);

test('shows the details to a sender with credentials only', async () => {
  const file = await makeTokenFile(`${token}\nbound-${token} one-source`);
  const program = await startProgram(unreachable, ['--token-file', file]);
  const kind = 'the database cannot be reached';
  await vi.waitFor(async () => expect((await askReady(program)).reason).toBe(kind), patience);
  for (const shown of [token, `bound-${token}`]) {
    expect((await askReady(program, `Bearer ${shown}`)).reason).toContain('127.0.0.1:1');
  }
  const refused = await program.send(makeBody(1).body, { authorization: `Bearer ${token}` });
  expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('127.0.0.1:1')]);
});

test('the status token does not authenticate a sender', async () => {
  const senders = await makeTokenFile('a-token-of-a-sender');
  const file = await makeTokenFile(token);
  const program = await startProgram(unreachable, ['--token-file', senders, '--status-token-file', file]);
  const refused = await program.send(makeBody(1).body, { authorization: `Bearer ${token}` });
  expect(refused.status).toBe(401);
});

test('shows the numbers of the spool to everyone', () => {
  const backlog: Backlog = {
    bodies: 2,
    bytes: 1000,
    maxBytes: 2000,
    oldestAt: 0,
    reason: { kind: 'the database cannot be reached', detail: 'connect ECONNREFUSED 10.0.0.7:5432' },
    refused: { bodies: 1, reason: 'relation "secret" is not there' },
    broken: { files: 1, folder: '/var/spool/broken' },
  };
  expect(describeBacklog(reportBacklog(backlog, false), 1000)).toEqual([
    'spool: 2 bodies (1000 of 2000 bytes), the oldest for 1 s; waiting: the database cannot be reached',
    'spool: the database refuses 1 body of them: see the log',
    'spool: 1 broken record kept in a folder named in the log',
  ]);
  expect(describeBacklog(reportBacklog(backlog, true), 1000)).toEqual([
    'spool: 2 bodies (1000 of 2000 bytes), the oldest for 1 s; waiting: connect ECONNREFUSED 10.0.0.7:5432',
    'spool: the database refuses 1 body of them: relation "secret" is not there',
    'spool: 1 broken record kept in /var/spool/broken',
  ]);
});
