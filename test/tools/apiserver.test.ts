import { expect, test } from 'vitest';
import { type Apiserver, type ApiserverOptions, createApiserver } from './apiserver.ts';
import { makeEvents } from './bodies.ts';
import { startSink, type SunkBody } from './sink.ts';

// A sender that tries longer, or more often, than the real one would make every outage harmless: its schedule is written
// out here. Time jumps from wait to wait; requests take milliseconds of it, which seconds rounded down do not show.

interface Received extends SunkBody {
  /** Whole seconds of the sender's time. */
  readonly at: number;
}

type Answer = { status: number; retryAfter?: string } | 'none';

/** An apiserver without jitter that sends to a sink which answers by the number and the time of the request. */
async function makeApiserver(
  answer: (number: number, at: number) => Answer,
  options: Partial<ApiserverOptions> = {},
): Promise<{ apiserver: Apiserver; received: Received[] }> {
  const received: Received[] = [];
  const sink = await startSink((got, response) => {
    const at = Math.floor(apiserver.clock.now() / 1000);
    const said = answer(received.length, at);
    received.push({ ...got, at });
    if (said === 'none') return;
    if (said.retryAfter !== undefined) response.setHeader('retry-after', said.retryAfter);
    response.writeHead(said.status).end('said\n');
  });
  const apiserver = createApiserver({
    url: sink.url,
    scale: Number.POSITIVE_INFINITY,
    random: () => 0,
    ...options,
  });
  return { apiserver, received };
}

function send(apiserver: Apiserver, events: readonly string[]): Promise<void> {
  for (const event of events) apiserver.audit(event);
  return apiserver.shutDown();
}

const stored: Answer = { status: 200 };

test('sends events in lists of 400 like the webhook', async () => {
  const { apiserver, received } = await makeApiserver(() => stored);
  const events = makeEvents(900);
  await send(apiserver, events);
  const lists = received.map(({ body }) => JSON.parse(body) as { kind: string; items: { auditID: string }[] });
  expect(lists.map(({ items }) => items.length).sort()).toEqual([100, 400, 400]);
  expect(new Set(lists.flatMap(({ items }) => items.map(({ auditID }) => auditID))).size).toBe(900);
  expect(lists[0]).toMatchObject({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {} });
  expect(received[0]?.url).toBe('/events?timeout=30s');
  expect(received[0]?.headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'Go-http-client/1.1',
  });
  expect(apiserver.counts).toMatchObject({ audited: 900, acknowledgedEvents: 900, dropped: 0, lost: 0, batches: 3 });
});

test('keeps a few events for 30 s', async () => {
  const { apiserver, received } = await makeApiserver(() => stored);
  await apiserver.clock.hold(async () => apiserver.audit(makeEvents(1)[0] ?? ''));
  await expect.poll(() => received.map(({ at }) => at)).toEqual([30]);
  await apiserver.shutDown();
});

test.for<[what: string, answer: Answer, at: number[]]>([
  ['an error', { status: 500 }, [0, 10, 25, 47, 81]],
  ['a refusal, too', { status: 400 }, [0, 10, 25, 47, 81]],
  ['Retry-After with a refusal', { status: 400, retryAfter: '3' }, [0, 10, 25, 47, 81]],
  ['Retry-After as a fraction', { status: 503, retryAfter: '3.0' }, [0, 10, 25, 47, 81]],
  ['Retry-After as a date', { status: 503, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' }, [0, 10, 25, 47, 81]],
  [
    'Retry-After of 20 s, which leaves room for one repeat',
    { status: 503, retryAfter: '20' },
    [0, 20, 40, 60, 85, 105, 137, 157, 201, 221],
  ],
  [
    'Retry-After of 1 s, which comes to ten repeats',
    { status: 429, retryAfter: '1' },
    [0, 20, 45, 77, 121].flatMap((at) => Array.from({ length: 11 }, (_, repeat) => at + repeat)),
  ],
])('gives up after five attempts: %s', async ([, answer, at]) => {
  const { apiserver, received } = await makeApiserver(() => answer);
  await send(apiserver, makeEvents(3));
  expect(received.map((one) => one.at)).toEqual(at);
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  expect(apiserver.counts).toMatchObject({ acknowledgedEvents: 0, lost: 3, requests: at.length });
});

test('jitter lengthens waits by up to a fifth', async () => {
  const { apiserver, received } = await makeApiserver(() => ({ status: 500 }), { random: () => 1 });
  await send(apiserver, makeEvents(1));
  expect(received.map(({ at }) => at)).toEqual([0, 12, 30, 57, 97]);
});

test.for<[seconds: number, answer: Answer, lost: number]>([
  [81, { status: 503 }, 0],
  [83, { status: 503 }, 1],
  [220, { status: 503, retryAfter: '3' }, 0],
  [235, { status: 503, retryAfter: '3' }, 1],
])('counts lost events after an outage of %i s', async ([seconds, answer, lost]) => {
  const { apiserver } = await makeApiserver((_, at) => (at < seconds ? answer : stored));
  await send(apiserver, makeEvents(1));
  expect(apiserver.counts).toMatchObject({ lost, acknowledgedEvents: 1 - lost });
});

test('gives up a request without an answer after its timeout', async () => {
  const { apiserver, received } = await makeApiserver((number) => (number === 0 ? 'none' : stored), {
    requestTimeoutMs: 100,
  });
  await send(apiserver, makeEvents(1));
  expect(received).toHaveLength(2);
  expect(apiserver.counts).toMatchObject({ acknowledgedEvents: 1, answers: { timeout: 1, 200: 1 } });
});

test('counts a refused connection as a failed attempt', async () => {
  const { apiserver } = await makeApiserver(() => stored, { url: 'http://127.0.0.1:1/events' });
  await send(apiserver, makeEvents(1));
  expect(apiserver.counts).toMatchObject({ lost: 1, answers: { ECONNREFUSED: 5 } });
});

test('sends fifteen batches at once, then ten a second, and drops what does not fit in the buffer', async () => {
  const { apiserver, received } = await makeApiserver(() => stored, { batchMaxSize: 2, bufferSize: 70 });
  await send(apiserver, makeEvents(100));
  expect(received.length).toBe(35);
  expect(received.filter(({ at }) => at === 0).length).toBeGreaterThanOrEqual(15);
  expect(received.at(-1)?.at).toBe(2);
  expect(apiserver.counts).toMatchObject({ audited: 100, dropped: 30, acknowledgedEvents: 70 });
});

test('sends batches in parallel', async () => {
  let release = (): void => {};
  const all = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waiting = 0;
  const sink = await startSink((_, response) => {
    if (++waiting === 3) release();
    void all.then(() => response.end());
  });
  const apiserver = createApiserver({ url: sink.url, batchMaxSize: 1 });
  await send(apiserver, makeEvents(3));
  expect(apiserver.counts.acknowledgedEvents).toBe(3);
});
