import { once } from 'node:events';
import { connect } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeBody } from './support/body.ts';
import { startReady } from './support/ready.ts';
import { talk } from './support/talk.ts';

const countAnswers = (heard: string): number => heard.split('HTTP/1.1 ').length - 1;

test.for(['/metrics', '/readyz', '/healthz', '/', '/nothing', '/events'])(
  'hundreds of GET %s in one packet end their connection, while others are served',
  async (path) => {
    const { program } = await startReady();
    const flood = `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`.repeat(1900);
    const floods = Array.from({ length: 8 }, () => talk(program.url, flood));
    const sent = await Promise.all(Array.from({ length: 20 }, () => program.send(makeBody(1).body)));
    expect(sent.map(({ status }) => status)).toEqual(sent.map(() => 200));
    for (const heard of await Promise.all(floods)) expect(countAnswers(heard)).toBeLessThan(3);
    expect((await fetch(`${program.url}/metrics`)).status).toBe(200);
  },
);

test('hundreds of bodies of an unknown sender in one packet get one answer', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'auditlogger-flood-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'token'), 'a-token-of-the-test\n');
  const { program } = await startReady(['--token-file', join(folder, 'token')]);
  const flood = 'POST /events HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n'.repeat(1000);
  expect(await talk(program.url, flood)).toMatch(/^HTTP\/1.1 401 /);
  const figures = await (await fetch(`${program.url}/metrics`)).text();
  expect(figures).toContain('\nsnoop_auditlogger_answers_total{code="401"} 1\n');
});

test('answers two requests in one packet in order', async () => {
  const { program } = await startReady();
  const heard = await talk(
    program.url,
    'GET /metrics HTTP/1.1\r\nhost: a\r\n\r\nGET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
  );
  expect(countAnswers(heard)).toBe(2);
  expect(heard).toMatch(/^HTTP\/1.1 200 .*snoop_auditlogger_.*HTTP\/1.1 200 .*\r\n\r\nok\n$/s);
});

test('handles the requests of a connection one after the other', async () => {
  const { program } = await startReady();
  const { hostname, port } = new URL(program.url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  for (let i = 0; i < 50; i++) {
    socket.write('GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 .*\r\n\r\nok\n$/s);
  }
});

test('serves metrics on a separate address, and then only there', async () => {
  const { program } = await startReady(['--metrics-listen', '127.0.0.1:0']);
  const { url, metricsUrl } = program;
  expect(await (await fetch(`${metricsUrl}/metrics`)).text()).toContain('\nsnoop_auditlogger_queue_bodies 0\n');
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
  expect(await (await fetch(url)).text()).not.toContain('/metrics');
  for (const path of ['/events', '/readyz', '/']) {
    const answer = await fetch(`${metricsUrl}${path}`, { method: 'POST', body: makeBody(1).body });
    expect([path, answer.status]).toEqual([path, 404]);
  }
  const flood = 'GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(1900);
  expect(countAnswers(await talk(metricsUrl ?? '', flood))).toBeLessThan(3);
  program.signal('SIGTERM');
  expect(await program.ended).toMatchObject({ exitCode: 0, stderr: '' });
});

test('refuses an unreadable path without internal details', async () => {
  const { program } = await startReady();
  const answer = await fetch(`${program.url}/events/%E0%A4%A`);
  expect([answer.status, await answer.text()]).toEqual([400, 'The path of this request cannot be decoded.\n']);
  program.signal('SIGTERM');
  expect((await program.ended).stderr).toBe('');
});
