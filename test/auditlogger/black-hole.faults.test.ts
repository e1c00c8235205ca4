import { expect, onTestFinished, test, vi } from 'vitest';
import { makeBody, streamedEvents } from '../tools/bodies.ts';
import { makeDatabase } from '../tools/database.ts';
import { patience } from '../tools/program.ts';
import { openProxy } from '../tools/proxy.ts';
import { startOn } from './support/ready.ts';
import { halfSent, openSlowSocket } from './support/slow-sockets.ts';

test('the connection to the database swallows everything: 503, later immediately, and stored once afterwards', async () => {
  const { url, pool } = await makeDatabase();
  const { hostname, port } = new URL(url);
  const proxy = await openProxy({ host: hostname, port: Number(port) });
  onTestFinished(() => proxy.close());
  const ready = await startOn({ url: proxy.through(url), pool, connections: 24 });
  const { program, checker, deliver, deliverUntilTaken } = ready;
  const makeSome = (count: number): Buffer[] => Array.from({ length: count }, () => Buffer.from(makeBody(50)));
  // Connections that were in use before are swallowed, and those that take their place.
  for (const body of makeSome(3)) expect(await deliver(body)).toMatchObject({ status: 200 });

  proxy.swallow();
  const waiting = [...makeSome(15), Buffer.from(makeBody(streamedEvents))];
  const answers = await Promise.all(waiting.map((body) => deliver(body)));
  expect(answers.map(({ status, retryAfter }) => [status, retryAfter])).toEqual(waiting.map(() => [503, '3']));

  const half = Buffer.from(makeBody(50));
  checker.sent(half);
  // An answer to a body that never comes to its end was not waited for, neither for the database nor for the body.
  const later = await openSlowSocket(program.url, halfSent(half, 1000));
  await vi.waitFor(() => expect(later.answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 3\r\n/i), patience);
  const notReady = await fetch(`${program.url}/readyz`);
  expect([notReady.status, await notReady.text()]).toEqual([503, expect.stringMatching(/\w/)]);
  expect((await fetch(`${program.url}/healthz`)).status).toBe(200);

  // What was swallowed never arrives.
  proxy.cut();
  proxy.pass();
  const bodies = [...waiting, ...waiting, half];
  const repeats = await Promise.all(bodies.map((body) => deliverUntilTaken(body)));
  expect(repeats.map(({ status }) => status)).toEqual(bodies.map(() => 200));
  await checker.check(pool);
});
